#include "intel/reader.hpp"

#include <algorithm>
#include <utility>

#include "encoding/csv.hpp"
#include "intel/reader_inputs.hpp"

namespace parley::intel {

std::optional<InputFormat> parse_input_format(std::string_view name) {
  for (const InputFormat format :
       {InputFormat::automatic, InputFormat::stix, InputFormat::misp, InputFormat::csv, InputFormat::list})
    if (name == input_format_name(format)) return format;
  return std::nullopt;
}

std::string_view input_format_name(InputFormat format) {
  switch (format) {
    case InputFormat::automatic:
      return "auto";
    case InputFormat::stix:
      return "stix";
    case InputFormat::misp:
      return "misp";
    case InputFormat::csv:
      return "csv";
    case InputFormat::list:
      return "list";
  }
  return "auto";
}

ImportItem make_reject(std::string where, std::uint64_t offset, std::string why) {
  ImportItem item;
  item.where = std::move(where);
  item.offset = offset;
  item.content = Reject{std::move(why)};
  return item;
}

std::string json_where(std::string_view pointer, std::uint64_t offset) {
  std::string where(pointer);
  if (!where.empty()) where += ' ';
  return where + "(byte " + std::to_string(offset) + ")";
}

struct ItemReader::State {
  Options options;
  ItemSink* sink = nullptr;
  InputFormat format = InputFormat::automatic;
  std::string head;  // until the format is known
  std::unique_ptr<Input> input;

  Result<void> begin(InputFormat decided) {
    format = decided;
    switch (decided) {
      case InputFormat::misp:
        input = make_misp_input(options, *sink);
        break;
      case InputFormat::csv:
        input = make_csv_input(options, encoding::guess_csv_delimiter(first_line(window())), *sink);
        break;
      case InputFormat::list:
        input = make_list_input(options, *sink);
        break;
      case InputFormat::automatic:
      case InputFormat::stix:
        input = make_stix_input(options, *sink);
        break;
    }
    const std::string first = std::exchange(head, std::string());
    return input->feed(first);
  }

  /// What may be looked at: the same bytes however the file is cut into chunks.
  std::string_view window() const { return std::string_view(head).substr(0, format_window_bytes); }

  /// Nothing while the format is not known.
  std::optional<InputFormat> decide(bool complete) const {
    const bool full = complete || head.size() >= format_window_bytes;
    if (options.format == InputFormat::automatic) return guess_format(window(), options.file_name, full);
    // The delimiter of a CSV file is seen in its first line.
    if (options.format == InputFormat::csv && !full && !first_line_ended(window())) return std::nullopt;
    return options.format;
  }
};

ItemReader::ItemReader(Options options, ItemSink& sink) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  state_->sink = &sink;
}
ItemReader::~ItemReader() = default;
ItemReader::ItemReader(ItemReader&&) noexcept = default;
ItemReader& ItemReader::operator=(ItemReader&&) noexcept = default;

Result<void> ItemReader::feed(BytesView chunk) {
  if (state_->input) return state_->input->feed(as_text(chunk));
  state_->head.append(as_text(chunk));
  if (const std::optional<InputFormat> decided = state_->decide(false)) return state_->begin(*decided);
  return {};
}

Result<bool> ItemReader::go_on() {
  return state_->input ? state_->input->go_on() : Result<bool>(true);
}

Result<void> ItemReader::finish() {
  if (!state_->input) PARLEY_CHECK(state_->begin(state_->decide(true).value_or(InputFormat::list)));
  return state_->input->finish();
}

InputFormat ItemReader::format() const {
  return state_->format;
}

}  // namespace parley::intel
