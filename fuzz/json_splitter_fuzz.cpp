// Property: however a text is cut into chunks, the splitter says the same; every piece it hands out is a
// slice of the text at the offset that it names; and a text that is one good JSON bundle has no defect and
// all its items.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "encoding/json_splitter.hpp"

namespace {

using namespace parley;
using namespace parley::encoding;

void require(bool holds) {
  if (!holds) std::abort();
}

class Recorder final : public SplitSink {
 public:
  explicit Recorder(std::string_view text) : text_(text) {}

  Result<void> item(const SplitPiece& piece) override {
    ++items;
    return note('i', piece);
  }
  Result<void> member(const SplitPiece& piece) override { return note('m', piece); }
  Result<void> whole(const SplitPiece& piece) override { return note('w', piece); }
  Result<void> enter(std::string_view pointer) override {
    ++depth;
    log += "+" + std::string(pointer) + "\n";
    return {};
  }
  Result<void> leave(std::string_view pointer) override {
    require(depth-- > 0);
    log += "-" + std::string(pointer) + "\n";
    return {};
  }
  Result<void> defect(const SplitDefect& defect) override {
    ++defects;
    require(defect.offset <= text_.size());
    log += "!" + defect.pointer + "@" + std::to_string(defect.offset) + defect.why + "\n";
    return {};
  }

  std::string log;
  int items = 0;
  int defects = 0;
  int depth = 0;

 private:
  Result<void> note(char kind, const SplitPiece& piece) {
    require(piece.offset <= text_.size() && text_.substr(piece.offset, piece.raw.size()) == piece.raw);
    log += kind + piece.pointer + "@" + std::to_string(piece.offset) + "=" + std::string(piece.raw) + "\n";
    return {};
  }

  std::string_view text_;
};

Recorder split(std::string_view text, std::size_t chunk) {
  Recorder recorder(text);
  const SplitLimits limits{.max_item_bytes = 4096,
                           .max_member_bytes = 512,
                           .max_depth = 16,
                           .max_members = 16,
                           .max_key_bytes = 64};
  JsonSplitter splitter({"/objects/*", "/*", "/Event/Object/*/Attribute/*"}, limits, recorder);
  for (std::size_t at = 0; at < text.size(); at += chunk)
    require(splitter.feed(as_bytes(text.substr(at, chunk))).has_value());
  require(splitter.finish().has_value());
  return recorder;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Recorder whole = split(text, text.size() + 1);
  const Recorder parts = split(text, 1 + data[0] % 32);
  require(whole.log == parts.log && whole.items == parts.items);
  if (size > 2048) return 0;
  const Result<Json> json = parse_json(text, JsonLimits{.max_bytes = 4096, .max_depth = 12});
  if (!json || (!json->is_array() && !json->is_object())) return 0;
  if (json->is_array()) {
    require(whole.defects == 0 && whole.items == static_cast<int>(json->size()));
  } else if (const Json* objects = json->find("objects");
             objects != nullptr && objects->is_array() && whole.defects == 0) {
    require(whole.items >= static_cast<int>(objects->size()));
  }
  return 0;
}
