// Calls of Linux' C library that Swift does not import: its headers hide them behind _GNU_SOURCE, or they take variable
// arguments. Each declaration is that of its manual page.
#include <spawn.h>

int pipe2(int ends[2], int flags);
// In glibc since 2.34.
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
long syscall(long number, ...);
int malloc_trim(__SIZE_TYPE__ pad);

// pidfd_open(2), whose number is the same on every architecture. Returns -1 where the kernel (before 5.3) or a sandbox
// does not offer it.
static inline int pidfd_open(int process) { return (int)syscall(434L, (long)process, 0L); }
