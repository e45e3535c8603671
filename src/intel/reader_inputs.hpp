#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "intel/reader.hpp"

/// The parts of `ItemReader`, which alone includes this: one `Input` for each format.
namespace parley::intel {

class Input {
 public:
  virtual ~Input() = default;
  virtual Result<void> feed(std::string_view chunk) = 0;
  /// Whether nothing is kept back.
  virtual Result<bool> go_on() { return true; }
  virtual Result<void> finish() = 0;
};

std::unique_ptr<Input> make_stix_input(const ItemReader::Options& options, ItemSink& sink);
std::unique_ptr<Input> make_misp_input(const ItemReader::Options& options, ItemSink& sink);
std::unique_ptr<Input> make_list_input(const ItemReader::Options& options, ItemSink& sink);
std::unique_ptr<Input> make_csv_input(const ItemReader::Options& options, char delimiter, ItemSink& sink);

/// How much of a file is looked at before its format is decided, at most.
inline constexpr std::size_t format_window_bytes = 64U << 10U;

/// The format from the first bytes and the name. Nothing while more bytes are needed; with `complete` (the
/// file is at its end or the window full) always an answer.
std::optional<InputFormat> guess_format(std::string_view head, std::string_view file_name, bool complete);
/// The first line that is neither blank nor a comment, for the delimiter of a CSV file.
std::string_view first_line(std::string_view head);
/// Whether more of the file cannot change that line.
bool first_line_ended(std::string_view head);

/// The reject of a defect between or inside items, where "pointer (byte N)".
ImportItem make_reject(std::string where, std::uint64_t offset, std::string why);
std::string json_where(std::string_view pointer, std::uint64_t offset);

}  // namespace parley::intel
