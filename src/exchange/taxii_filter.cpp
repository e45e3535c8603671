#include "exchange/taxii_filter.hpp"

#include <string>

namespace parley::exchange {

state::MemberFilter member_filter(const taxii::Match& match) {
  state::MemberFilter out;
  out.ids = match.ids;
  out.types = match.types;
  out.first = match.first;
  out.last = match.last;
  out.all = match.all;
  out.versions = match.versions;
  for (const std::string& spec : match.spec_versions) {
    if (spec == "2.0") out.specs.push_back(state::SpecVersion::v20);
    if (spec == "2.1") out.specs.push_back(state::SpecVersion::v21);
  }
  out.nothing = !match.spec_versions.empty() && out.specs.empty();
  return out;
}

}  // namespace parley::exchange
