// The worked example and the table of sizes of docs/spec/lookup.md, recomputed: the page and the program say
// the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "lookup/label.hpp"
#include "lookup/set_file.hpp"
#include "oprf/server.hpp"

namespace parley::lookup {
namespace {

/// The rows "| `name` | `value` |" below a heading.
std::map<std::string, std::string> rows(const std::string& heading) {
  std::ifstream in(std::string(PARLEY_SOURCE_DIR) + "/docs/spec/lookup.md");
  std::map<std::string, std::string> out;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (!inside || !line.starts_with("| `")) continue;
    const std::size_t end = line.find('`', 3);
    const std::size_t begin = line.find('`', end + 1);
    out[line.substr(3, end - 3)] = line.substr(begin + 1, line.rfind('`') - begin - 1);
  }
  return out;
}

ByteArray<32> filled(std::uint8_t byte) {
  ByteArray<32> out;
  out.fill(byte);
  return out;
}

TEST(Specification, works_its_example) {
  SerialParallel serial;
  std::map<std::string, std::string> computed;
  const oprf::KeyPair key = oprf::KeyPair::derive(oprf::Mode::voprf, crypto::Secret<32>(filled(1)),
                                                  as_bytes("parley/lookup/example"))
                                .value();
  computed["secret key"] = to_hex(key.secret().view());
  computed["public key"] = to_hex(key.public_key());
  Bytes item = to_bytes("domain-name");
  item.push_back(0);
  append(item, "a.example.org");
  computed["item"] = to_hex(item);
  const std::vector<BytesView> inputs{item};
  const oprf::Outputs values = oprf::evaluate(oprf::Mode::voprf, inputs, key, serial).value();
  computed["value"] = to_hex(values[0]);
  const SetId set(filled(4));
  const ItemKey derived = item_key(values[0], set);
  Bytes place;
  append_u64(place, derived.place.low);
  append_u64(place, derived.place.high);
  computed["place"] = to_hex(place);
  computed["fingerprint"] = to_hex(derived.fingerprint);
  computed["label pad"] = to_hex(label_pad(values[0], set).view());
  computed["label"] = to_hex(encode_label({"indicator--00000000-0000-4000-8000-000000000001", 1}).value());
  SetHeader header;
  header.id = set;
  header.items = 256;
  header.layout = FuseLayout::for_keys(256);
  header.seed = 7;
  computed["header"] = to_hex(encode_set_header(header));
  std::string slots;
  for (const std::uint32_t slot : header.layout.positions(FuseLayout::mix(derived.place, header.seed)))
    slots += (slots.empty() ? "" : " ") + std::to_string(slot);
  computed["slots"] = slots;
  EXPECT_EQ(rows("Worked example"), computed);
}

TEST(Specification, lists_the_sizes_of_files) {
  std::map<std::string, std::string> computed;
  for (const std::uint32_t items : {256U, 1024U, 1U << 14, 1U << 17, 1U << 20, 1U << 22, 1U << 24}) {
    SetHeader header;
    header.items = items;
    header.layout = FuseLayout::for_keys(items);
    std::string text = std::to_string(header.layout.segment_length()) + " · " +
                       std::to_string(header.layout.segment_count + 3) + " · " +
                       std::to_string(header.file_bytes());
    header.has_labels = true;
    if (items <= max_labelled_items) text += " · " + std::to_string(header.file_bytes());
    computed[std::to_string(items)] = text;
  }
  EXPECT_EQ(rows("Sizes"), computed);
}

}  // namespace
}  // namespace parley::lookup
