#include "encoding/csv.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace parley::encoding {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

constexpr bool is_line_end(char c) {
  return c == '\r' || c == '\n';
}

std::string line_name(std::uint64_t line) {
  return fmt::format("line {}", line);
}

}  // namespace

CsvReader::CsvReader(char delimiter, CsvLimits limits) : delimiter_(delimiter), limits_(limits) {
  PARLEY_ASSERT(delimiter != '"' && delimiter != '\0' && !is_line_end(delimiter));
}

void CsvReader::feed(std::string_view chunk) {
  buffer_.erase(0, position_);
  position_ = 0;
  buffer_.append(chunk);
}

void CsvReader::finish() {
  finished_ = true;
}

/// False when the mark may still be coming.
bool CsvReader::skip_byte_order_mark() {
  const std::string_view start = std::string_view(buffer_).substr(0, byte_order_mark.size());
  if (start.size() < byte_order_mark.size() && byte_order_mark.starts_with(start) && !finished_) return false;
  at_file_start_ = false;
  if (start == byte_order_mark) position_ = byte_order_mark.size();
  return true;
}

void CsvReader::reject(std::string_view why) {
  if (why_.empty()) why_ = why;
}

void CsvReader::begin_field() {
  state_ = State::field_start;
  if (field_count_ == limits_.max_fields) {
    reject(fmt::format("the row has more than {} fields", limits_.max_fields));
    return;
  }
  if (field_count_ == fields_.size()) fields_.emplace_back();
  fields_[field_count_++].clear();
}

void CsvReader::append(std::string_view text) {
  if (!why_.empty() || text.empty()) return;  // what is rejected needs no memory
  std::string& field = fields_[field_count_ - 1];
  const std::size_t field_room = limits_.max_field_bytes - field.size();
  const std::size_t row_room = limits_.max_row_bytes - row_bytes_;
  // The first byte that is wrong gives the reason, however the file is cut into chunks.
  if (text.find('\0') <= std::min(field_room, row_room))
    return reject("the row holds a NUL byte; is this a text file in UTF-8?");
  if (text.size() > field_room && field_room <= row_room)
    return reject(fmt::format("a field is longer than {} bytes", limits_.max_field_bytes));
  if (text.size() > row_room)
    return reject(fmt::format("the row is longer than {} bytes", limits_.max_row_bytes));
  row_bytes_ += text.size();
  field.append(text);
}

/// CRLF, LF and a lone CR each end one line; a CRLF may be cut by the end of a chunk.
void CsvReader::count_line_end(char c) {
  if (c == '\r' || (c == '\n' && !after_cr_)) ++line_;
  after_cr_ = c == '\r';
}

CsvReader::Event CsvReader::end_field(char c) {
  ++position_;
  if (c == delimiter_) {
    begin_field();
    return Event::none;
  }
  count_line_end(c);
  return Event::row_end;
}

/// Takes one step: a special character, or a run of ordinary ones.
CsvReader::Event CsvReader::consume() {
  const std::string_view rest = std::string_view(buffer_).substr(position_);
  const char c = rest.front();
  switch (state_) {
    case State::row_start:
      if (is_line_end(c)) {  // an empty line, or the second half of a CRLF
        count_line_end(c);
        ++position_;
        return Event::none;
      }
      row_line_ = line_;
      row_bytes_ = 0;
      field_count_ = 0;
      why_.clear();
      after_cr_ = false;
      begin_field();
      return Event::none;
    case State::field_start:
      state_ = c == '"' ? State::quoted : State::unquoted;
      if (c == '"') {
        quote_line_ = line_;
        ++position_;
      }
      return Event::none;
    case State::unquoted: {
      const auto stop = std::ranges::find_if(rest, [&](char x) { return x == delimiter_ || is_line_end(x); });
      const auto length = static_cast<std::size_t>(stop - rest.begin());
      append(rest.substr(0, length));
      position_ += length;
      return length < rest.size() ? end_field(*stop) : Event::none;
    }
    case State::quoted: {
      const std::string_view run = rest.substr(0, rest.find('"'));
      for (const char x : run) count_line_end(x);
      append(run);
      position_ += run.size();
      if (run.size() < rest.size()) {
        after_cr_ = false;
        state_ = State::quote_in_quoted;
        ++position_;
      }
      return Event::none;
    }
    case State::quote_in_quoted:
      if (c == '"') {
        append("\"");
        state_ = State::quoted;
        ++position_;
        return Event::none;
      }
      if (c == delimiter_ || is_line_end(c)) return end_field(c);
      reject("there is text behind a closing quote; double the quotes inside a quoted field");
      state_ = State::unquoted;
      return Event::none;
  }
  return Event::none;
}

Result<bool> CsvReader::end_row(CsvRow& row) {
  state_ = State::row_start;
  if (!why_.empty()) return fail(ErrorKind::bad_input, std::move(why_), line_name(row_line_));
  row.line = row_line_;
  // Strings change places with the caller's, so that neither side allocates again for the next row.
  row.fields.resize(field_count_);
  for (std::size_t i = 0; i < field_count_; ++i) row.fields[i].swap(fields_[i]);
  return true;
}

Result<bool> CsvReader::next(CsvRow& row) {
  if (at_file_start_ && !skip_byte_order_mark()) return false;
  while (position_ < buffer_.size())
    if (consume() == Event::row_end) return end_row(row);
  if (!finished_ || state_ == State::row_start) return false;
  if (state_ == State::quoted) {
    state_ = State::row_start;
    return fail(ErrorKind::bad_input,
                "a quote that begins on this line is never closed, so the rest of the file belongs to it",
                line_name(quote_line_));
  }
  return end_row(row);
}

void append_csv_row(std::string& out, const std::vector<std::string>& fields, char delimiter) {
  PARLEY_ASSERT(!fields.empty());
  const std::array<char, 4> special = {delimiter, '"', '\r', '\n'};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string& field = fields[i];
    if (i > 0) out.push_back(delimiter);
    const bool quote =
        (field.empty() && fields.size() == 1) || field.starts_with(byte_order_mark) ||
        field.find_first_of(std::string_view(special.data(), special.size())) != std::string::npos;
    if (!quote) {
      out += field;
      continue;
    }
    out.push_back('"');
    for (const char c : field) {
      if (c == '"') out.push_back('"');
      out.push_back(c);
    }
    out.push_back('"');
  }
  out += "\r\n";
}

char guess_csv_delimiter(std::string_view first_line) {
  static constexpr std::string_view candidates = ",;\t|";
  std::array<std::size_t, candidates.size()> counts{};
  bool quoted = false;
  for (const char c : first_line) {
    if (c == '"') quoted = !quoted;
    const std::size_t index = candidates.find(c);
    if (!quoted && index != std::string_view::npos) ++counts[index];
  }
  return candidates[static_cast<std::size_t>(std::ranges::max_element(counts) - counts.begin())];
}

}  // namespace parley::encoding
