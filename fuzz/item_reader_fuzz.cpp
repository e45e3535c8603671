// Property: every input item reaches the sink once, however the file is cut into chunks; what is rejected is
// not imported as well; objects are slices of the file, and read alone they are the same objects.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "intel/reader.hpp"

namespace {

using namespace parley;
using namespace parley::intel;

void require(bool holds) {
  if (!holds) std::abort();
}

class Counter final : public ItemSink {
 public:
  explicit Counter(std::string_view text) : text_(text) {}

  Result<void> take(ImportItem&& item) override {
    require(!item.where.empty() && item.offset <= text_.size());
    if (item.counted) ++found;
    log += item.where;
    if (const auto* reject = std::get_if<Reject>(&item.content)) {
      require(item.counted && !reject->why.empty());
      rejected.insert(item.where);
      log += " - " + reject->why;
    } else if (const auto* object = std::get_if<StixObject>(&item.content)) {
      imported.insert(item.where);
      require(is_stix_id(object->id));
      require(object->unresolved_markings.empty() || object->marking.unknown);
      if (item.counted) require(text_.substr(item.offset, object->raw.size()) == object->raw);
      log += " + " + object->id + object->raw;
    } else {
      const Selector& selector = std::get<BareSelector>(item.content).selector;
      const Result<Selector> again = canonical_selector(selector.type, selector.value);
      require(again.has_value() && *again == selector);
      imported.insert(item.where);
      log += " = " + selector.value;
    }
    log += '\n';
    return {};
  }

  std::size_t found = 0;
  std::set<std::string> rejected, imported;
  std::string log;

 private:
  std::string_view text_;
};

Counter read(std::string_view text, InputFormat format, std::size_t chunk) {
  Counter counter(text);
  ItemReader::Options options;
  options.format = format;
  options.limits = ReaderLimits{.max_object_bytes = 8192,
                                .max_depth = 16,
                                .max_line_bytes = 512,
                                .max_waiting_bytes = 8192,
                                .max_member_bytes = 2048};
  ItemReader reader(options, counter);
  for (std::size_t at = 0; at < text.size(); at += chunk)
    require(reader.feed(as_bytes(text.substr(at, chunk))).has_value());
  require(reader.finish().has_value());
  return counter;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto format = static_cast<InputFormat>(data[0] % 5);
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Counter whole = read(text, format, text.size() + 1);
  for (const std::string& where : whole.imported) require(!whole.rejected.contains(where));
  const Counter parts = read(text, format, 1 + data[1] % 64);
  // What a file is taken for depends on what was seen of it first, so only a named format must agree.
  if (format != InputFormat::automatic) require(whole.log == parts.log && whole.found == parts.found);
  return 0;
}
