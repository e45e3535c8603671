#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::encoding {

/// Bounds on what a CSV file may make the reader hold. Peak memory is one row and one chunk.
struct CsvLimits {
  std::size_t max_field_bytes = 64U << 10U;
  std::size_t max_row_bytes = 1U << 20U;
  std::size_t max_fields = 1024;
};

struct CsvRow {
  std::uint64_t line = 0;  ///< line of the file on which the row begins, from 1
  std::vector<std::string> fields;
};

/// Reads CSV (RFC 4180) in chunks of any size.
///
/// Takes CRLF, LF and a lone CR as line ends, also mixed; drops a UTF-8 byte order mark; skips empty lines;
/// a quote inside an unquoted field is an ordinary character. A row that holds a NUL, breaks a limit or has
/// text behind a closing quote is rejected with its line and skipped: reading goes on with the next row.
/// Does not check UTF-8.
///
///     reader.feed(chunk);                       // as often as there is input; finish() at the end
///     for (;;) {
///       Result<bool> got = reader.next(row);    // an error is one rejected row: count it and go on
///       if (got && !*got) break;                // needs another chunk, or the file is at its end
///     }
class CsvReader {
 public:
  explicit CsvReader(char delimiter = ',', CsvLimits limits = {});

  /// Hands over the next piece of the file. Call `next` until it gives false before feeding again, or the
  /// pieces add up in memory.
  void feed(std::string_view chunk);
  /// No more input: a last row without a line end becomes readable.
  void finish();

  /// true: `row` is the next row (its strings are reused). false: needs more input, or everything is read.
  /// `bad_input`, where = "line N": one row was rejected; an unterminated quote is reported with the line
  /// where it began.
  Result<bool> next(CsvRow& row);

  /// The line that will be read next, from 1.
  std::uint64_t line() const { return line_; }

 private:
  enum class State : std::uint8_t { row_start, field_start, unquoted, quoted, quote_in_quoted };
  enum class Event : std::uint8_t { none, row_end };

  bool skip_byte_order_mark();
  Event consume();
  void begin_field();
  void append(std::string_view text);
  void reject(std::string_view why);
  Event end_field(char c);
  void count_line_end(char c);
  Result<bool> end_row(CsvRow& row);

  char delimiter_;
  CsvLimits limits_;
  std::string buffer_;
  std::size_t position_ = 0;
  bool finished_ = false;
  bool at_file_start_ = true;
  bool after_cr_ = false;
  State state_ = State::row_start;
  std::uint64_t line_ = 1;
  std::uint64_t row_line_ = 1;
  std::uint64_t quote_line_ = 1;
  std::size_t row_bytes_ = 0;
  std::size_t field_count_ = 0;
  std::vector<std::string> fields_;  // only the first field_count_ count; the others wait for reuse
  std::string why_;                  // not empty: the row is rejected, and read on to its end
};

/// Writes one row with a CRLF, quoting what needs it; `CsvReader` reads the same fields back.
/// A row of one empty field is written as `""`, since an empty line is no row. There is at least one field,
/// and none holds a NUL (which the reader would reject).
void append_csv_row(std::string& out, const std::vector<std::string>& fields, char delimiter = ',');

/// The delimiter of a file from its first line: the most frequent of `,` `;` tab and `|` outside quotes, the
/// comma when none occurs.
char guess_csv_delimiter(std::string_view first_line);

}  // namespace parley::encoding
