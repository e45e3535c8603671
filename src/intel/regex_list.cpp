#include "intel/regex_list.hpp"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>

namespace parley::intel {
namespace {

RE2::Options quiet() {
  RE2::Options options;
  options.set_log_errors(false);
  return options;
}

/// The expression without its delimiters, its flags in RE2's own form before it.
Result<std::string> plain_expression(std::string_view text) {
  const bool delimited =
      text.size() >= 2 && (text.front() == '/' || text.front() == '#' || text.front() == '~');
  const std::size_t end = delimited ? text.rfind(text.front()) : 0;
  if (end == 0) return std::string(text);
  std::string flags;
  for (const char flag : text.substr(end + 1)) {
    if (flag == 'g' || flag == 'u') continue;  // a value is looked at once; RE2 reads UTF-8 anyway
    if (std::string_view("imsU").find(flag) == std::string_view::npos)
      return fail(ErrorKind::bad_input,
                  std::string("the flag \"") + flag + "\" is none that can be honoured");
    if (flags.find(flag) == std::string::npos) flags += flag;
  }
  std::string body(text.substr(1, end - 1));
  return flags.empty() ? body : "(?" + flags + ")" + body;
}

}  // namespace

struct RegexList::Together {
  Together() : set(quiet(), RE2::UNANCHORED) {}
  RE2::Set set;
};

RegexList::RegexList() = default;
RegexList::~RegexList() = default;
RegexList::RegexList(RegexList&&) noexcept = default;
RegexList& RegexList::operator=(RegexList&&) noexcept = default;

Result<void> RegexList::add(std::string_view expression) {
  if (expression.size() > max_bytes)
    return fail(ErrorKind::bad_input, "longer than " + std::to_string(max_bytes) + " bytes");
  PARLEY_TRY(const std::string plain, plain_expression(expression));
  auto compiled = std::make_unique<RE2>(plain, quiet());
  if (!compiled->ok()) return fail(ErrorKind::bad_input, compiled->error());
  expressions_.push_back(std::move(compiled));
  return {};
}

Result<void> RegexList::build() {
  together_ = std::make_unique<Together>();
  for (const auto& expression : expressions_) {
    std::string why;
    if (together_->set.Add(expression->pattern(), &why) < 0) return fail(ErrorKind::bad_input, why);
  }
  if (!together_->set.Compile())
    return fail(ErrorKind::bad_input, "its expressions together need more memory than RE2 is given");
  return {};
}

bool RegexList::matches(std::string_view value) const {
  if (!together_) return false;
  std::vector<int> which;
  RE2::Set::ErrorInfo error{};
  if (together_->set.Match({value.data(), value.size()}, &which, &error)) return true;
  if (error.kind == RE2::Set::kNoError) return false;
  // The automaton of all outgrew its memory on this value: one after the other, which is linear too.
  return std::ranges::any_of(expressions_, [&](const auto& expression) {
    return RE2::PartialMatch({value.data(), value.size()}, *expression);
  });
}

}  // namespace parley::intel
