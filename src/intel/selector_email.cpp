#include "base/ascii.hpp"
#include "intel/selector_rules.hpp"

namespace parley::intel::rules {
namespace {

// RFC 5321 section 4.5.3.1.1.
constexpr std::size_t max_local_part = 64;

/// RFC 5322 section 3.2.3.
bool is_atext(char c) {
  static constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
  return is_alnum(c) || others.find(c) != std::string_view::npos;
}

bool is_dot_atom(std::string_view local) {
  if (local.empty() || local.front() == '.' || local.back() == '.') return false;
  for (std::size_t i = 0; i < local.size(); ++i) {
    if (local[i] == '.' ? local[i - 1] == '.' : !is_atext(local[i])) return false;
  }
  return true;
}

}  // namespace

Result<void> email_addr(std::string_view raw, std::string& out) {
  const std::size_t at = raw.rfind('@');
  if (at == std::string_view::npos) return fail(ErrorKind::bad_input, "an e-mail address needs an @");
  const std::string_view local = raw.substr(0, at);
  const std::string_view domain = raw.substr(at + 1);
  if (local.size() > max_local_part)
    return fail(ErrorKind::bad_input, "the part before the @ is longer than 64 characters");
  if (!is_dot_atom(local))
    return fail(
        ErrorKind::bad_input,
        "the part before the @ is no dot-atom of RFC 5322 (quoted and non-ASCII ones are not in selector/1)");
  if (domain.starts_with('.'))
    return fail(ErrorKind::bad_input, "the domain of an e-mail address begins with a dot");
  std::string name;
  PARLEY_CHECK(domain_name(domain, name));
  // RFC 5321 leaves the case of the local part to the receiving host; no large provider tells it apart, and
  // two parties that spell one mailbox differently must still meet.
  append_lower(out, local);
  out.push_back('@');
  out += name;
  return {};
}

}  // namespace parley::intel::rules
