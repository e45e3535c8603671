#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/bytes.hpp"
#include "lookup/fuse_layout.hpp"
#include "lookup/item_key.hpp"

namespace parley::lookup {

/// The first 64 bytes of a set's file (docs/spec/lookup.md).
struct SetHeader {
  SetId id;
  std::uint32_t items = 0;  ///< padded
  bool has_labels = false;
  FuseLayout layout;
  std::uint64_t seed = 0;
  bool operator==(const SetHeader&) const = default;

  std::size_t file_bytes() const;
};
inline constexpr std::size_t set_header_bytes = 64;
/// The largest file that is read: `max_labelled_items` with labels, or `max_items` without.
inline constexpr std::uint32_t max_labelled_items = 1U << 21;
std::size_t max_set_file_bytes();

Bytes encode_set_header(const SetHeader& header);
/// Bad input for anything but the header of a set that an honest builder can make.
Result<SetHeader> parse_set_header(BytesView bytes);

/// What a set says of one item.
struct Entry {
  bool listed = false;             ///< the fingerprint is there
  ByteArray<label_bytes> label{};  ///< still under its pad; zeros when the set has no labels
};

/// A whole set as it was downloaded. Reading never leaves its bytes, whatever they are.
class SetFile {
 public:
  /// Bad input unless the length is exactly that of the header's shape.
  static Result<SetFile> open(std::shared_ptr<const Bytes> bytes);

  const SetHeader& header() const { return header_; }
  BytesView bytes() const { return *bytes_; }

  /// Looks up many at once, in the order of their places in memory; answers in the order of the question.
  std::vector<Entry> find(std::span<const ItemKey> items) const;

 private:
  SetFile(std::shared_ptr<const Bytes> bytes, const SetHeader& header)
      : bytes_(std::move(bytes)), header_(header) {}

  std::shared_ptr<const Bytes> bytes_;
  SetHeader header_;
};

}  // namespace parley::lookup
