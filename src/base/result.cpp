#include "base/result.hpp"

namespace parley {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::refused:
    case ErrorKind::not_proven:
      return 1;
    case ErrorKind::usage:
    case ErrorKind::not_found:
    case ErrorKind::conflict:
      return 2;
    case ErrorKind::bad_input:
      return 3;
    case ErrorKind::peer:
      return 4;
    case ErrorKind::internal:
      return 5;
  }
  return 5;
}

}  // namespace parley
