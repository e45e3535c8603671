#include "policy/question.hpp"

namespace parley::policy {

std::string_view act_name(Act act) {
  switch (act) {
    case Act::match:
      return "match";
    case Act::release:
      return "release";
    case Act::taxii:
      return "taxii";
    case Act::export_:
      break;
  }
  return "export";
}

std::optional<Act> parse_act(std::string_view text) {
  for (const Act act : {Act::match, Act::release, Act::export_, Act::taxii})
    if (text == act_name(act)) return act;
  return std::nullopt;
}

}  // namespace parley::policy
