// Property: a reply line that is accepted says one thing, and writing it and reading it again says the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "net/control_message.hpp"

namespace {
void require(bool holds) {
  if (!holds) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::net;
  const auto line = parse_reply_line({reinterpret_cast<const char*>(data), size});
  if (!line) return 0;
  require(line->progress.has_value() + line->result.has_value() + line->error.has_value() == 1);
  const std::string again =
      line->progress ? write_progress_line(line->progress->step, line->progress->done, line->progress->total)
      : line->error  ? write_error_line(*line->error)
                     : write_result_line(*line->result);
  require(again.ends_with('\n') && again.find('\n') == again.size() - 1);
  const auto same = parse_reply_line(std::string_view(again).substr(0, again.size() - 1));
  require(same.has_value());
  if (line->result) require(same->result == line->result);
  if (line->error) require(same->error && same->error->message == line->error->message);
  if (line->progress) require(same->progress && same->progress->done == line->progress->done);
  return 0;
}
