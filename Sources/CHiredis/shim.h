// The C library's reply reader; Flotilla's sockets are SwiftNIO's.
#include <hiredis/hiredis.h>
