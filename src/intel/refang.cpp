#include "intel/refang.hpp"

#include <array>
#include <cstddef>

#include "base/ascii.hpp"
#include "intel/selector.hpp"

namespace parley::intel {
namespace {

/// Replacing may uncover more (`[[.]]`), so passes repeat until nothing changes. Real values need two;
/// a value that is not done after this many is taken as it stands and will be refused as a selector.
constexpr int max_passes = 8;

struct Word {
  std::string_view written;
  std::string_view meant;
};
/// What stands between a pair of brackets.
constexpr std::array bracketed = std::to_array<Word>({{"dot", "."},
                                                      {".", "."},
                                                      {"at", "@"},
                                                      {"@", "@"},
                                                      {"://", "://"},
                                                      {":", ":"},
                                                      {"//", "//"},
                                                      {"/", "/"}});

/// Scheme names as reports write them; each is followed by a colon in some form, or by `__`.
constexpr std::array scheme_words = std::to_array<Word>({{"hxxps", "https"},
                                                         {"hxxp", "http"},
                                                         {"h**ps", "https"},
                                                         {"h**p", "http"},
                                                         {"htxps", "https"},
                                                         {"htxp", "http"},
                                                         {"hxtps", "https"},
                                                         {"hxtp", "http"},
                                                         {"httx", "http"},
                                                         {"meows", "https"},
                                                         {"meow", "http"},
                                                         {"fxp", "ftp"},
                                                         {"https", "https"},
                                                         {"http", "http"},
                                                         {"ftp", "ftp"},
                                                         {"wss", "wss"},
                                                         {"ws", "ws"}});
/// Ways to write what stands behind the scheme, longest first; brackets are undone by another rule.
constexpr std::array separators = std::to_array<std::string_view>({"://", ":\\\\", "__"});

constexpr char closing(char open) {
  return open == '[' ? ']' : open == '(' ? ')' : open == '{' ? '}' : '\0';
}
constexpr bool is_bracket(char c) {
  return c == '[' || c == ']' || c == '(' || c == ')' || c == '{' || c == '}';
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] == ' ') ++at;
  return at;
}

/// Where the host ends: the path of a URL keeps its odd characters.
std::size_t host_end(std::string_view text) {
  const std::size_t colon = text.find("://");
  const std::size_t slash = text.find('/', colon == std::string_view::npos ? 0 : colon + 3);
  return slash == std::string_view::npos ? text.size() : slash;
}

struct Match {
  std::size_t length = 0;  // 0: no match
  std::string_view meant;
};

/// `[ dot ]` and the like at `at`.
Match match_bracketed(std::string_view text, std::size_t at) {
  const char close = closing(text[at]);
  if (close == '\0') return {};
  const std::size_t begin = skip_spaces(text, at + 1);
  for (const Word& word : bracketed) {
    if (!starts_with_ignoring_case(text.substr(begin), word.written)) continue;
    const std::size_t end = skip_spaces(text, begin + word.written.size());
    if (end < text.size() && text[end] == close) return {end + 1 - at, word.meant};
  }
  return {};
}

/// `[.` `.]` `\.` at `at`: a bracket that was lost, or a dot escaped as in a regular expression.
Match match_half(std::string_view text, std::size_t at) {
  if (at + 1 >= text.size()) return {};
  const char first = text[at];
  const char second = text[at + 1];
  if (second == '.' && (closing(first) != '\0' || first == '\\')) return {2, "."};
  if (first == '.' && is_bracket(second) && closing(second) == '\0') return {2, "."};
  return {};
}

/// ` dot ` and ` at ` between two words at the space in front.
Match match_spoken(std::string_view text, std::size_t at) {
  if (text[at] != ' ') return {};
  if (starts_with_ignoring_case(text.substr(at), " dot ")) return {5, "."};
  if (starts_with_ignoring_case(text.substr(at), " at ")) return {4, "@"};
  return {};
}

/// The scheme in front and what separates it from the rest; the length taken, 0 when there is none.
std::size_t take_scheme(std::string_view text, std::string& out) {
  for (const Word& word : scheme_words) {
    if (!starts_with_ignoring_case(text, word.written)) continue;
    const std::string_view rest = text.substr(word.written.size());
    for (const std::string_view separator : separators) {
      if (!rest.starts_with(separator)) continue;
      // An ordinary URL keeps its spelling.
      out.append(word.written == word.meant ? text.substr(0, word.written.size()) : word.meant);
      out += "://";
      return word.written.size() + separator.size();
    }
  }
  return 0;
}

std::string one_pass(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t at = take_scheme(text, out);
  const bool has_scheme = at > 0 || text.find("://") != std::string_view::npos;
  const std::size_t end_of_host = host_end(text);
  const std::size_t host_begin = at;
  while (at < text.size()) {
    Match match = match_bracketed(text, at);
    const bool in_host = at < end_of_host || end_of_host < host_begin;
    if (match.length == 0 && in_host) match = match_half(text, at);
    if (match.length == 0 && in_host) match = match_spoken(text, at);
    if (match.length > 0) {
      // "example (dot) com": spaces around a bracketed dot belong to it.
      while (!out.empty() && out.back() == ' ' && in_host) out.pop_back();
      out += match.meant;
      at += match.length;
      if (in_host) at = skip_spaces(text, at);
      continue;
    }
    if (text[at] == ' ' && has_scheme && in_host) {
      // "http:// example .com /path": spaces behind the scheme, beside a dot, before the path.
      const std::size_t next = skip_spaces(text, at);
      const bool drop = at == host_begin || out.ends_with('.') || next >= text.size() || text[next] == '.' ||
                        text[next] == '/';
      if (drop) {
        at = next;
        continue;
      }
    }
    out.push_back(text[at++]);
  }
  return out;
}

}  // namespace

bool looks_defanged(std::string_view value) {
  for (const char c : value)
    if (is_bracket(c) || c == '\\' || c == ' ') return true;
  if (value.find(':') == std::string_view::npos && value.find("__") == std::string_view::npos) return false;
  std::string ignored;
  const std::string_view text = trim(value);
  const std::size_t scheme = take_scheme(text, ignored);
  return scheme > 0 && !text.starts_with(ignored);
}

std::string refang(std::string_view value) {
  const std::string_view original = trim(value);
  std::string text(original);
  if (original.size() > max_selector_bytes || !looks_defanged(original)) return text;
  for (int pass = 0; pass < max_passes; ++pass) {
    std::string next(trim(one_pass(text)));
    if (next == text) return text;
    text = std::move(next);
  }
  return std::string(original);
}

}  // namespace parley::intel
