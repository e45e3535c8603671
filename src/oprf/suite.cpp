#include "oprf/suite.hpp"

namespace parley::oprf {

std::string context_string(Mode mode) {
  std::string out = "OPRFV1-";
  out.push_back(static_cast<char>(mode));
  out += "-ristretto255-SHA512";
  return out;
}

std::string hash_to_group_tag(Mode mode) {
  return "HashToGroup-" + context_string(mode);
}

}  // namespace parley::oprf
