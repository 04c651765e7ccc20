# Sidekiq as a peer: a worker that does nothing, and the producer; verbs as in celery_app.py, and `bulk N`, which
# enqueues N, a thousand a call.
require 'sidekiq'

SOCKET = ENV.fetch('BENCH_SOCKET')
Sidekiq.configure_server { |config| config.redis = { path: SOCKET } }
Sidekiq.configure_client { |config| config.redis = { path: SOCKET } }
Sidekiq.logger.level = Logger::ERROR

class Noop
  include Sidekiq::Worker
  def perform; end
end

class Mark
  include Sidekiq::Worker
  def perform(name)
    Sidekiq.redis { |redis| redis.set("bench:#{name}", Time.now.to_f) }
  end
end

def bulk(count)
  while count.positive?
    part = [count, 1000].min
    Sidekiq::Client.push_bulk('class' => Noop, 'args' => Array.new(part) { [] })
    count -= part
  end
end

def fill(count)
  first = [count / 100, 1].max
  bulk(first - 1)
  Mark.perform_async('begin')
  bulk(count - first - 1)
  Mark.perform_async('end')
end

if $PROGRAM_NAME == __FILE__
  verb, count = ARGV[0], ARGV[1].to_i
  Noop.perform_async # The first one connects.
  begun = Process.clock_gettime(Process::CLOCK_MONOTONIC)
  case verb
  when 'fill' then fill(count)
  when 'bulk' then bulk(count)
  when 'one' then count.times { Noop.perform_async }
  else abort "sidekiq_app.rb: no verb is called '#{verb}'. Use fill, one or bulk."
  end
  puts count / (Process.clock_gettime(Process::CLOCK_MONOTONIC) - begun)
end
