#include "policy/toml_characters.hpp"

#include <cstddef>
#include <string>

namespace parley::policy {

namespace {

// Follows just enough of the grammar to know where a string or a comment ends.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Result<void> run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && c != '\t' && c != '\r' && c != '\n') || byte == 0x7f)
        return bad("a control character");
      if (c == '\n') ++line_;
      if (in_comment_)
        in_comment_ = c != '\n';
      else if (!quote_.empty())
        step_in_string(c);
      else if (c == '#')
        in_comment_ = true;
      else if (c == '"' || c == '\'') {
        // Anywhere else the parser would not take it for the beginning of a string, and we would lose count.
        if (std::string_view("\n=[,{.").find(before_) == std::string_view::npos)
          return bad("a quote where no text can begin");
        open_string(c);
      } else if (byte >= 0x80)
        return bad("a character that only a text in quotes or a remark may hold");
      if (c != ' ' && c != '\t' && c != '\r') before_ = c;
      ++at_;
    }
    return {};
  }

 private:
  void open_string(char c) {
    const std::string three(3, c);
    quote_ = text_.substr(at_).starts_with(three) ? three : std::string(1, c);
    at_ += quote_.size() - 1;
  }

  void step_in_string(char c) {
    if (c == '\\' && quote_.front() == '"') {
      if (at_ + 1 < text_.size() && text_[at_ + 1] != '\n')
        ++at_;  // the next one is escaped, a quote included
    } else if (text_.substr(at_).starts_with(quote_)) {
      at_ += quote_.size() - 1;
      quote_.clear();
    } else if (c == '\n' && quote_.size() == 1) {
      quote_.clear();  // not closed in its line: an error, which the parser reports
    }
  }

  std::unexpected<Error> bad(std::string why) const {
    return fail(ErrorKind::bad_input, std::move(why), "line " + std::to_string(line_));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  bool in_comment_ = false;
  char before_ = '\n';  // the last character that is no blank
  std::string quote_;   // of the string that we are in; empty outside
};

}  // namespace

Result<void> check_toml_characters(std::string_view text) {
  return Scanner(text).run();
}

}  // namespace parley::policy
