#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::report {

/// A piece of a text without blanks, defanging undone, that still knows where each of its bytes came from.
class Token {
 public:
  /// The bytes [begin, end) of `text` as they are; both are borrowed.
  void assign(std::string_view text, std::size_t begin, std::size_t end);
  /// The same with brackets and other defangings undone: `example[.]com`, `me(at)example{.}com`,
  /// `hxxp[:]//`, `example[.com`, `example\.com`, `me_at_example_dot_com`. Linear.
  void assign_refanged(std::string_view text, std::size_t begin, std::size_t end);
  /// Makes it the empty token that `append` and `append_refanged` extend: for values that the text wrote with
  /// blanks.
  void clear();
  void append(char c, std::size_t offset, std::size_t end);
  void append_refanged(std::string_view text, std::size_t begin, std::size_t end);

  /// Whether anything in it may stand in another form than in the text.
  bool is_rewritten() const { return mapped_; }
  std::string_view plain() const { return mapped_ ? std::string_view(own_) : view_; }
  std::size_t size() const { return plain().size(); }
  /// Where in the text plain()[i] begins; i == size(): where the token ends.
  std::size_t offset(std::size_t i) const {
    if (!mapped_) return base_ + i;
    return i < origin_.size() ? origin_[i] : end_;
  }
  /// Whether [from, to) stands in the text in another form.
  bool differs(std::size_t from, std::size_t to) const { return offset(to) - offset(from) != to - from; }

 private:
  void append_same(std::string_view text, std::size_t begin, std::size_t end);
  void append_refanged_from(std::size_t at, std::string_view text, std::size_t begin, std::size_t end);

  std::string_view view_;
  std::size_t base_ = 0;
  bool mapped_ = false;
  std::string own_;
  std::vector<std::uint32_t> origin_;
  std::size_t end_ = 0;
};

}  // namespace parley::report
