#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ascii.hpp"
#include "encoding/csv.hpp"
#include "intel/csv_columns.hpp"
#include "intel/reader_inputs.hpp"

namespace parley::intel {
namespace {

std::string line_where(std::uint64_t line) {
  return "line " + std::to_string(line);
}

/// One value a line; LF, CRLF and a lone CR end a line, also mixed.
class ListInput final : public Input {
 public:
  ListInput(const ItemReader::Options& options, ItemSink& sink)
      : limit_(options.limits.max_line_bytes), sink_(sink) {}

  Result<void> feed(std::string_view chunk) override {
    while (!chunk.empty()) {
      if (after_cr_ && chunk.front() == '\n') {  // the second half of CRLF
        chunk.remove_prefix(1);
        ++offset_;
        after_cr_ = false;
        continue;
      }
      after_cr_ = false;
      const std::size_t end = chunk.find_first_of("\r\n");
      if (end == std::string_view::npos) {
        hold(chunk);
        return {};
      }
      after_cr_ = chunk[end] == '\r';
      PARLEY_CHECK(end_line(chunk.substr(0, end), 1));
      chunk.remove_prefix(end + 1);
    }
    return {};
  }

  Result<void> finish() override {
    if (held_.empty() && !too_long_) return {};
    return end_line({}, 0);
  }

 private:
  void hold(std::string_view part) {
    held_bytes_ += part.size();
    if (held_.size() + part.size() > limit_) {
      too_long_ = true;
      held_.clear();
    }
    if (!too_long_) held_.append(part);
  }

  Result<void> end_line(std::string_view tail, std::size_t end_bytes) {
    const std::uint64_t begin = offset_;
    offset_ += held_bytes_ + tail.size() + end_bytes;
    std::string_view line = tail;
    if (!held_.empty() || too_long_) {
      hold(tail);
      line = held_;
    } else if (tail.size() > limit_) {
      too_long_ = true;
    }
    const bool too_long = std::exchange(too_long_, false);
    ++line_;
    Result<void> told = too_long ? sink_.take(make_reject(line_where(line_), begin,
                                                          "longer than " + std::to_string(limit_) + " bytes"))
                                 : value(line, begin);
    held_.clear();
    held_bytes_ = 0;
    return told;
  }

  Result<void> value(std::string_view line, std::uint64_t begin) {
    if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    Result<std::optional<Selector>> selector = guess_selector(line);
    if (!selector) return sink_.take(make_reject(line_where(line_), begin, selector.error().message));
    if (!*selector) return {};
    ImportItem item;
    item.where = line_where(line_);
    item.offset = begin;
    item.content = BareSelector{.selector = std::move(**selector), .marking = {}};
    return sink_.take(std::move(item));
  }

  std::size_t limit_;
  ItemSink& sink_;
  std::string held_;            // the part of a line that came in earlier chunks
  std::size_t held_bytes_ = 0;  // also when it was too long to be kept
  bool too_long_ = false;
  bool after_cr_ = false;
  std::uint64_t line_ = 0;
  std::uint64_t offset_ = 0;
};

/// RFC 3339, also a date alone or with a blank before the time, as CSV exports have it (UTC then).
std::optional<Timestamp> seen_time(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::string full(text);
  if (full.size() == 10) full += "T00:00:00Z";
  if (full.size() > 10 && full[10] == ' ') full[10] = 'T';
  if (full.ends_with(" UTC")) full.resize(full.size() - 4);
  const std::string_view clock = std::string_view(full).substr(std::min<std::size_t>(11, full.size()));
  if (clock.find_first_of("Zz+-") == std::string_view::npos) full += 'Z';
  const Result<Timestamp> time = parse_time(full);
  if (!time) return std::nullopt;
  return *time;
}

class CsvInput final : public Input {
 public:
  CsvInput(const ItemReader::Options& options, char delimiter, ItemSink& sink)
      : reader_(delimiter, encoding::CsvLimits{.max_field_bytes = options.limits.max_line_bytes,
                                               .max_row_bytes = options.limits.max_line_bytes * 4,
                                               .max_fields = 1024}),
        sink_(sink) {}

  Result<void> feed(std::string_view chunk) override {
    // In pieces, so that the reader's buffer stays small whatever the chunk.
    constexpr std::size_t piece = 256U << 10U;
    while (!chunk.empty()) {
      const std::string_view next = chunk.substr(0, piece);
      reader_.feed(next);
      chunk.remove_prefix(next.size());
      PARLEY_CHECK(drain());
    }
    return {};
  }

  Result<void> finish() override {
    reader_.finish();
    return drain();
  }

 private:
  Result<void> drain() {
    for (;;) {
      const Result<bool> got = reader_.next(row_);
      if (!got) {
        first_ = false;
        PARLEY_CHECK(sink_.take(make_reject(got.error().where, 0, got.error().message)));
        continue;
      }
      if (!*got) return {};
      PARLEY_CHECK(row());
    }
  }

  Result<void> row() {
    const bool comment = row_.fields.front().starts_with('#') || row_.fields.front().starts_with(';');
    if (first_) {
      columns_ = read_csv_header(row_.fields);
      if (columns_) {
        first_ = false;
        return {};
      }
    }
    if (comment) return {};
    first_ = false;
    if (std::ranges::all_of(row_.fields, [](const std::string& cell) { return trim_is_empty(cell); }))
      return {};
    Result<CsvItem> read = columns_ ? read_csv_row(*columns_, row_.fields) : guess_csv_row(row_.fields);
    const std::string where = line_where(row_.line);
    if (!read) return sink_.take(make_reject(where, 0, read.error().message));
    ImportItem item;
    item.where = where;
    item.first_seen = seen_time(read->first_seen);
    item.last_seen = seen_time(read->last_seen);
    if (item.last_seen && *item.last_seen < item.first_seen.value_or(Timestamp()))
      return sink_.take(
          make_reject(where, 0, "it was last seen before it was first seen (without one: before 1970)"));
    BareSelector bare{.selector = std::move(read->selector), .marking = {}};
    if (!read->tlp.empty()) {
      bare.marking.tlp = parse_tlp(read->tlp);
      bare.marking.unknown = !bare.marking.tlp;
    }
    if (!read->pap.empty()) {
      bare.marking.pap = parse_pap(read->pap);
      bare.marking.unknown = bare.marking.unknown || !bare.marking.pap;
    }
    item.content = std::move(bare);
    return sink_.take(std::move(item));
  }

  static bool trim_is_empty(std::string_view cell) { return std::ranges::all_of(cell, is_space); }

  encoding::CsvReader reader_;
  ItemSink& sink_;
  encoding::CsvRow row_;
  bool first_ = true;
  std::optional<CsvColumns> columns_;
};

}  // namespace

std::unique_ptr<Input> make_list_input(const ItemReader::Options& options, ItemSink& sink) {
  return std::make_unique<ListInput>(options, sink);
}

std::unique_ptr<Input> make_csv_input(const ItemReader::Options& options, char delimiter, ItemSink& sink) {
  return std::make_unique<CsvInput>(options, delimiter, sink);
}

}  // namespace parley::intel
