#include "group/stages.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "crypto/secret.hpp"
#include "group/encodings.hpp"
#include "group/expand.hpp"

namespace parley::group {
namespace {

using Blocks = std::array<EncodingBlock, kernel_blocks>;

void wipe(Blocks& blocks) {
  crypto::wipe({reinterpret_cast<std::uint8_t*>(blocks.data()), sizeof blocks});
}

// The range of task points that block b of the task holds.
template <class T>
std::span<T> block_of(std::span<T> all, const Task& task, std::size_t b) {
  const std::size_t begin = b * block_points;
  return all.subspan(task.first + begin, std::min(block_points, task.count - begin));
}

// Both halves of 64 uniform bytes, bit 255 of each cleared (RFC 9496 section 4.3.4).
void put_uniform(BytesView uniform, std::size_t lane, EncodingBlock& first, EncodingBlock& second) {
  for (std::size_t w = 0; w < 4; ++w) {
    std::uint64_t a = 0;
    std::uint64_t b = 0;
    for (std::size_t k = 8; k-- > 0;) {
      a = a << 8 | uniform[8 * w + k];
      b = b << 8 | uniform[32 + 8 * w + k];
    }
    const std::uint64_t mask = w == 3 ? ~0ULL >> 1 : ~0ULL;
    first.words[w][lane] = a & mask;
    second.words[w][lane] = b & mask;
  }
}

}  // namespace

void FirstRefused::refuse(std::size_t index) {
  std::size_t seen = first_.load();
  while (index < seen && !first_.compare_exchange_weak(seen, index)) {
  }
}

Result<void> FirstRefused::result() const {
  if (first_.load() == count_) return {};
  return fail(ErrorKind::bad_input,
              "not the canonical encoding of a ristretto255 element other than the identity",
              "element " + std::to_string(first_.load()));
}

void decode_task(const Kernels& kernels, const Task& task, std::span<const EncodedPoint> encodings,
                 PointBlock* out, FirstRefused& refused) {
  Blocks in;
  std::array<std::uint8_t, kernel_blocks> valid{};
  for (std::size_t b = 0; b < task.blocks(); ++b) to_block(block_of(encodings, task, b), in[b]);
  kernels.decode(in.data(), out, valid.data(), task.blocks());
  for (std::size_t i = 0; i < task.count; ++i)
    if ((valid[i / block_points] >> (i % block_points) & 1) == 0 ||
        !may_encode_a_point(encodings[task.first + i]))
      return refused.refuse(task.first + i);
}

void hash_task(const Kernels& kernels, const Task& task, std::span<const BytesView> messages,
               std::string_view dst, PointBlock* out) {
  Blocks first;
  Blocks second;
  const Bytes domain = crypto::xmd_domain(dst);
  const Expander expander(kernels, domain);
  for (std::size_t b = 0; b < task.blocks(); ++b)
    expander.expand(block_of(messages, task, b), first[b], second[b]);
  kernels.map(first.data(), second.data(), out, task.blocks());
  wipe(first);
  wipe(second);
}

void map_task(const Kernels& kernels, const Task& task, std::span<const ByteArray<64>> uniform,
              PointBlock* out) {
  Blocks first{};
  Blocks second{};
  for (std::size_t i = 0; i < task.count; ++i)
    put_uniform(uniform[task.first + i], i % block_points, first[i / block_points], second[i / block_points]);
  kernels.map(first.data(), second.data(), out, task.blocks());
  wipe(first);
  wipe(second);
}

void multiply_task(const Kernels& kernels, const Task& task, const DigitBlocks& digits, PointBlock* points) {
  kernels.multiply(points, digits.data() + digits.step() * task.first_block(), digits.step(), task.blocks());
}

void combine_task(const Kernels& kernels, const Task& task, const DigitBlocks& digits,
                  const PointBlock* points, PointBlock& out) {
  kernels.combine(points, digits.data() + task.first_block(), &out, task.blocks());
}

void multiply_base_task(const Kernels& kernels, const Task& task, const DigitBlocks& digits,
                        PointBlock* out) {
  kernels.multiply_base(digits.data() + task.first_block(), out, task.blocks());
}

void encode_task(const Kernels& kernels, const Task& task, const PointBlock* points,
                 std::span<EncodedPoint> out) {
  Blocks encoded;
  kernels.encode(points, encoded.data(), task.blocks());
  for (std::size_t b = 0; b < task.blocks(); ++b) from_block(encoded[b], block_of(out, task, b));
}

void encode_doubles_task(const Kernels& kernels, const Task& task, const PointBlock* points,
                         std::span<EncodedPoint> out) {
  Blocks encoded;
  kernels.encode_doubles(points, encoded.data(), task.blocks());
  for (std::size_t b = 0; b < task.blocks(); ++b) from_block(encoded[b], block_of(out, task, b));
}

}  // namespace parley::group
