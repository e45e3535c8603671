// EXPECT: no matching function|cannot bind|could not convert|no viable conversion
// Content does not reach a file without a clearance.
#include "../../apps/parley/files.hpp"

auto write() {
  return parley::app::write_cleared("content.json", parley::Bytes{1, 2, 3});
}
