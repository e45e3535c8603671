// The ledger's file after anything happened to it. The input says how: the first byte how many appends a
// good log gets, then (position, bits) pairs that damage it, or, when that byte is 255, the whole file.
// Property: opening it is an error that leaves the file alone, or gives a log whose entries are a prefix of
// those appended, that takes another append and is the same when it is opened again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/assert.hpp"
#include "log_file/file_log.hpp"
#include "log_file/simulated_disk.hpp"

namespace {

using namespace parley;

class FixedEntropy final : public Entropy {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = 0x5A;
  }
};

Bytes entry(std::uint64_t index) {
  return to_bytes("entry " + std::to_string(index) + std::string(index * 7 % 40, '.'));
}

void append_some(log::Log& log, std::uint64_t count) {
  std::vector<Bytes> entries;
  for (std::uint64_t i = 0; i < count; ++i) entries.push_back(entry(log.size().value() + i));
  PARLEY_ASSERT(log.append(entries, as_bytes("checkpoint")).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const BytesView input(data + 1, size - 1);
  const bool raw = data[0] == 255;
  log_file::SimulatedDisk disk(1);
  FixedEntropy entropy;
  std::uint64_t appended = 0;
  Bytes file;
  if (raw) {
    file = to_bytes(input);
  } else {
    auto log = log_file::open(disk.disk(), entropy);
    PARLEY_ASSERT(log.has_value());
    for (std::uint64_t i = 0; i < data[0] % 8U; ++i) append_some(**log, i % 3);
    appended = (*log)->size().value();
    file = disk.node(log_file::wal_name).durable;
    for (std::size_t i = 0; i + 3 <= input.size(); i += 3) {
      const std::size_t at = static_cast<std::size_t>(input[i] << 8 | input[i + 1]);
      if (input[i + 2] == 0)
        file.resize(std::min(file.size(), at));
      else if (!file.empty())
        file[at % file.size()] ^= input[i + 2];
    }
  }
  disk.node(log_file::wal_name) = {file, file, {}, true};

  auto log = log_file::open(disk.disk(), entropy);
  if (!log) {
    PARLEY_ASSERT(disk.node(log_file::wal_name).durable == file);
    return 0;
  }
  const std::uint64_t held = (*log)->size().value();
  if (!raw) PARLEY_ASSERT(held <= appended);
  for (std::uint64_t i = 0; i < held; ++i) {
    const auto bytes = (*log)->entry(log::LeafIndex(i));
    PARLEY_ASSERT(bytes.has_value());
    if (!raw) PARLEY_ASSERT(*bytes == entry(i));
  }
  append_some(**log, 1);
  const Bytes last = (*log)->last_checkpoint();
  log->reset();
  auto again = log_file::open(disk.disk(), entropy);
  PARLEY_ASSERT(again.has_value());
  PARLEY_ASSERT((*again)->size().value() == held + 1);
  PARLEY_ASSERT((*again)->last_checkpoint() == last);
  PARLEY_ASSERT((*again)->recovery().cut_bytes == 0);
  return 0;
}
