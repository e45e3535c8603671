#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "report/byte_kind.hpp"
#include "report/candidate.hpp"
#include "report/extract.hpp"
#include "report/token.hpp"

/// The parts of `extract`, which alone includes this. One scanner reads one text; the recognisers of the
/// different types stand in files of their own (scan_*.cpp).
namespace parley::report {

class Scanner {
 public:
  Scanner(std::string_view text, const ExtractOptions& options) : text_(text), options_(options) {}
  void run();
  std::vector<Candidate> take() { return std::move(found_); }

 private:
  /// A range of the plain form of a token.
  struct Range {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  // scan.cpp: tokens
  void token(std::size_t begin, std::size_t end, unsigned classes);
  bool is_plain_name(std::size_t begin, std::size_t end, unsigned classes) const;
  std::size_t spaced(std::size_t begin, std::size_t end);
  std::size_t spaced_url(std::size_t begin, std::size_t end);
  void recognise(const Token& token, unsigned classes, bool written_out);
  void parts(const Token& token, Range range, unsigned classes, bool written_out);
  void run_of_name(const Token& token, Range run, ByteKinds kinds, bool written_out);
  void in_order(std::size_t from);
  void make_room(std::size_t at);
  std::string_view word_before(std::size_t offset) const;
  bool emit(const Token& token, Range range, intel::SelectorType type, std::string_view raw, Hold hold,
            std::string_view note = {});
  /// The same of `value_`, which is canonical.
  bool emit_value(const Token& token, Range range, intel::SelectorType type, Hold hold,
                  std::string_view note = {});

  // scan_url.cpp
  struct Url {
    std::size_t begin = 0;  ///< of the scheme
    std::size_t end = 0;
    std::size_t rest = 0;     ///< behind the scheme and what separates it
    std::string_view scheme;  ///< as it is meant; empty: one that is no URL of selector/1
  };
  static std::optional<Url> find_url(std::string_view plain, std::size_t from);
  static bool reads_back(std::string_view url);
  void take_url(const Token& token, const Url& url);
  void encoded_url(const Token& token, Range range, const std::string& decoded);

  // scan_name.cpp
  void email(const Token& token, Range range, std::vector<Range>& taken, bool written_out);
  void domain(const Token& token, Range run, ByteKinds kinds, bool written_out);
  Hold hold_of_name(const Token& token, Range run, std::string_view name, std::size_t last_dot) const;

  // scan_address.cpp
  void colons(const Token& token, Range range, std::vector<Range>& taken);
  void ipv4(const Token& token, Range run);

  // scan_code.cpp
  void long_word(const Token& token, Range run, ByteKinds kinds);
  void digests(const Token& token, Range run);
  void digest(const Token& token, Range word, intel::SelectorType type);
  void iban(const Token& token, Range run);

  // scan_wrapped.cpp: what is broken over lines
  std::size_t wrapped_digest(std::size_t begin, std::size_t end);
  void wrapped_url(std::size_t begin, std::size_t end);

  std::string_view text_;
  const ExtractOptions& options_;
  Token token_;
  std::string value_;  // of the candidate that is made
  std::vector<Candidate> found_;
};

/// The hash of a file that has so many hexadecimal digits.
std::optional<intel::SelectorType> digest_type(std::size_t digits);
/// Whether the host, or the last label of a name, is one that the root zone has.
bool has_top_level_domain(std::string_view name);
/// Where the token ends that begins at `at`: at a blank, a quote, a bracket < or >, a bar.
std::size_t end_of_token(std::string_view text, std::size_t at);
/// Whether it begins with a scheme that is known and "://".
bool begins_with_url(std::string_view text);
/// 0 when `text` begins with no punctuation of UTF-8 that ends a value (quotes, dashes, ideographic stops),
/// else its length.
std::size_t wide_delimiter(std::string_view text);

}  // namespace parley::report
