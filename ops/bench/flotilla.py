"""Runs `flotilla bench` and reads what it measured."""
import json
import subprocess

from peer_runs import Unmeasurable

PATIENCE_SECONDS = 600


class Figures(dict):
    """Values by the beginning of their names; `notes` likewise."""

    def __init__(self, rows):
        super().__init__((row["name"], row["value"]) for row in rows)
        self.notes = {row["name"]: row.get("note") or "" for row in rows}

    def __getitem__(self, beginning):
        return super().__getitem__(self._name(beginning))

    def note(self, beginning):
        return self.notes[self._name(beginning)]

    def _name(self, beginning):
        for name in self:
            if name.startswith(beginning):
                return name
        raise Unmeasurable(f"flotilla bench printed no row '{beginning}'")


def bench(program, *words):
    command = [program, "bench", *map(str, words), "--json"]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        if run.returncode != 0:
            last = (run.stderr.strip().splitlines() or ["no message"])[-1]
            raise Unmeasurable(f"flotilla bench {words[0]} ended with {run.returncode}: {last[:160]}")
        return Figures(json.loads(run.stdout))
    except subprocess.TimeoutExpired as error:
        raise Unmeasurable(f"flotilla bench {words[0]} took longer than {PATIENCE_SECONDS} s") from error
