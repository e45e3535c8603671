#include "stix/finding.hpp"

#include "encoding/json.hpp"

namespace parley::stix {
namespace {

/// Longer values would hide the sentence around them.
constexpr std::size_t max_quoted_bytes = 120;

void append_quoted(std::string& out, std::string_view word) {
  if (word.size() <= max_quoted_bytes) {
    out += word;
    return;
  }
  std::size_t end = max_quoted_bytes;
  while (end > 0 && (static_cast<unsigned char>(word[end]) & 0xC0U) == 0x80U)
    --end;  // not inside a character
  out += word.substr(0, end);
  out += "…";
}

}  // namespace

std::string_view Finding::name() const {
  return code != 0 ? check_name(code) : rule_facts(rule).name;
}

std::string Finding::pointer() const {
  std::string out(base);
  for (const PathStep& step : path)
    out = encoding::json_pointer(out, step.is_index ? std::to_string(step.index) : std::string(step.name));
  return out;
}

std::string Finding::message() const {
  const std::string_view text = rule_facts(rule).message;
  std::string out;
  out.reserve(text.size() + a.size() + b.size() + c.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    ++i;
    append_quoted(out, text[i] == 'a' ? a : text[i] == 'b' ? b : c);
  }
  return out;
}

}  // namespace parley::stix
