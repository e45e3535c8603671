#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "report/scanner.hpp"
#include "report/top_level.hpp"
#include "report/word_table.hpp"

namespace parley::report {
namespace {

/// Endings of files that are top-level domains too.
constexpr WordTable file_endings(std::to_array<std::string_view>(
    {"app", "cab", "docs", "map", "md", "mov", "pl", "pm", "ps", "py", "rs", "sh", "so", "zip"}));
/// Those of them that are countries: a name of three labels below them is one.
constexpr WordTable countries(std::to_array<std::string_view>({"md", "pl", "ps", "py", "rs", "sh", "so"}));
/// First labels of names that are turned round, as packages and bundles are named.
constexpr WordTable turned_round(std::to_array<std::string_view>({"com", "org", "net", "edu", "gov", "io"}));
/// Products and technologies whose names look like domain names.
constexpr WordTable products(std::to_array<std::string_view>({"ado.net", "asp.net", "ml.net", "socket.io",
                                                              "system.net", "vb.net"}));
/// Objects of programs whose members have the names of top-level domains: os.name, this.id.
constexpr WordTable objects(std::to_array<std::string_view>(
    {"args", "config", "console", "document", "event", "file",   "item",    "math",    "module",
     "node", "obj",    "object",  "options",  "os",    "params", "process", "request", "response",
     "self", "string", "sys",     "system",   "this",  "user",   "window"}));

constexpr bool is_local_char(char c) {
  return is_alnum(c) || c == '.' || c == '-' || c == '_' || c == '+' || c == '%' || c == '=' || c == '~';
}

/// A name in which a word for a dot is left would be read as another one where it stands alone.
bool half_undone(std::string_view name) {
  for (; name.size() > 4; name.remove_prefix(1)) {
    if (name[0] != '_' && name[0] != '-') continue;
    if (to_lower(name[1]) != 'd' && to_lower(name[1]) != 'a') continue;
    if (starts_with_ignoring_case(name, "_dot_") || starts_with_ignoring_case(name, "_at_") ||
        starts_with_ignoring_case(name, "-dot-"))
      return true;
  }
  return equal_ignoring_case(name, "_at_");
}

}  // namespace

void Scanner::email(const Token& token, Range range, std::vector<Range>& taken, bool written_out) {
  const std::string_view plain = token.plain().substr(0, range.end);
  std::size_t low = range.begin;
  for (std::size_t at = plain.find('@', low); at != std::string_view::npos; at = plain.find('@', at + 1)) {
    std::size_t begin = at;
    while (begin > low && is_local_char(plain[begin - 1])) --begin;
    while (begin < at && !is_alnum(plain[begin])) ++begin;
    std::size_t end = at + 1;
    while (end < plain.size() && (is_alnum(plain[end]) || plain[end] == '.' || plain[end] == '-' ||
                                  (!is_ascii(plain[end]) && wide_delimiter(plain.substr(end)) == 0)))
      ++end;
    while (end > at + 1 && (plain[end - 1] == '.' || plain[end - 1] == '-')) --end;
    low = at + 1;
    if (begin == at || end == at + 1) continue;
    const std::string_view host = plain.substr(at + 1, end - at - 1);
    const bool known = has_top_level_domain(host);
    if (!known && !token.differs(begin, end) && !options_.every_name) continue;
    Hold hold = known || token.differs(begin, end) ? Hold::none : Hold::unknown_name;
    if (written_out) hold = Hold::written_out;
    if (equal_ignoring_case(plain.substr(begin, at - begin), "git")) hold = Hold::reference;
    if (half_undone(plain.substr(begin, end - begin))) continue;
    if (!emit(token, {begin, end}, intel::SelectorType::email_addr, plain.substr(begin, end - begin), hold))
      continue;
    taken.push_back({begin, end});
    low = end;
  }
}

/// Why the name is held back for how it is written and what stands around it.
Hold Scanner::hold_of_name(const Token& token, Range run, std::string_view name, std::size_t last_dot) const {
  const std::string_view plain = token.plain();
  const std::string_view last = name.substr(last_dot + 1);
  const char before = run.begin > 0 ? plain[run.begin - 1] : '\0';
  const char behind = run.end < plain.size() ? plain[run.end] : '\0';
  if (before == '\\' || behind == '\\') return Hold::file_name;
  if (before == '/' && !(run.begin > 1 && plain[run.begin - 2] == '/')) return Hold::file_name;
  if (run.begin > 1 && before == '.' && plain[run.begin - 2] == '/') return Hold::file_name;
  if (behind == '(' || before == '$' || before == '@' || products.has(name)) return Hold::code_name;
  const std::string_view first = name.substr(0, name.find('.'));
  const bool two_labels = first.size() == last_dot;
  if (!two_labels && turned_round.has(first)) return Hold::code_name;
  if (two_labels && objects.has(first)) return Hold::code_name;
  // "System.Net", "happened.It": EXAMPLE.COM and example.com are names, a capital in the midst is not.
  if (is_upper(last.front()) && !std::ranges::all_of(last, [](char c) { return is_upper(c) || is_digit(c); }))
    return Hold::code_name;
  // "Co.KG", "done.US": capitals behind the dot alone.
  if (is_upper(last.front()) && std::ranges::any_of(name, [](char c) { return is_alpha(c) && !is_upper(c); }))
    return Hold::code_name;
  if (!file_endings.has(last)) return Hold::none;
  if (behind == '/' || behind == ':' || first == "www") return Hold::none;
  const bool country = countries.has(last);
  if (two_labels || !country) return Hold::file_name;
  if (first.starts_with("lib") ||
      file_endings.has(
          name.substr(0, name.rfind('.')).substr(name.substr(0, name.rfind('.')).rfind('.') + 1)))
    return Hold::file_name;
  return std::ranges::all_of(first, is_digit) ? Hold::file_name : Hold::none;
}

void Scanner::domain(const Token& token, Range run, ByteKinds kinds, bool written_out) {
  const std::string_view plain = token.plain();
  std::string_view name = plain.substr(run.begin, run.end - run.begin);
  while (!name.empty() && (name.front() == '-' || name.front() == '.')) {
    name.remove_prefix(1);
    ++run.begin;
  }
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return;
  if ((kinds.any & (kind_underline | kind_hyphen)) != 0 && half_undone(name)) return;
  const bool changed = token.differs(run.begin, run.end);
  const bool known =
      (kinds.any & kind_wide) == 0 ? is_top_level_domain(name.substr(dot + 1)) : has_top_level_domain(name);
  if (!known && !changed && !options_.every_name) return;
  Hold hold = Hold::none;
  if (!changed) hold = known ? hold_of_name(token, run, name, dot) : Hold::unknown_name;
  if (written_out) hold = Hold::written_out;
  if (hold == Hold::none && !known &&
      (name.ends_with(".local") || name.ends_with(".lan") || name.ends_with(".localhost")))
    hold = Hold::not_public;
  std::string note;
  if (run.end < plain.size() && plain[run.end] == ':') {
    std::size_t end = run.end + 1;
    while (end < plain.size() && is_digit(plain[end])) ++end;
    if (end > run.end + 1 && end - run.end <= 6)
      note = "port " + std::string(plain.substr(run.end + 1, end - run.end - 1));
  }
  emit(token, run, intel::SelectorType::domain_name, name, hold, note);
}

}  // namespace parley::report
