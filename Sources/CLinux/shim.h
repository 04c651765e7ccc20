// Calls of Linux' C library that Swift does not import: its headers hide them behind _GNU_SOURCE, or they take variable
// arguments. Each declaration is that of its manual page. No header is included, so no type of another module is here.

int pipe2(int ends[2], int flags);
int malloc_trim(__SIZE_TYPE__ pad);

// posix_spawn_file_actions_addclosefrom_np(3), in glibc since 2.34; `actions` is a posix_spawn_file_actions_t.
int file_actions_close_from(void *actions, int first) __asm__("posix_spawn_file_actions_addclosefrom_np");

long syscall(long number, ...);

// pidfd_open(2), whose number is the same on every architecture. Returns -1 where the kernel (before 5.3) or a sandbox
// does not offer it.
static inline int pidfd_open(int process) { return (int)syscall(434L, (long)process, 0L); }
