#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace parley::encoding {

/// Bounds on one JSON text that is cut into pieces.
struct SplitLimits {
  std::size_t max_item_bytes = 16U << 20U;  ///< of one item; longer ones are a defect and are skipped
  std::size_t max_member_bytes =
      4U << 20U;               ///< of one member beside the items; longer ones are a defect and are skipped
  std::size_t max_depth = 64;  ///< of an item, in nested arrays and objects
  std::size_t max_members = 4096;    ///< names of one object on the way
  std::size_t max_key_bytes = 4096;  ///< of a name on the way to the items
};

/// A piece of the text, byte for byte. Views live until the call returns.
struct SplitPiece {
  std::string pointer;       ///< JSON pointer (RFC 6901): "/objects/3"
  std::uint64_t offset = 0;  ///< of its first byte in the text
  std::string_view raw;
};

/// Something that is not right, and where.
struct SplitDefect {
  std::string pointer;  ///< of what was being read
  std::uint64_t offset = 0;
  std::string why;
  bool is_item =
      false;  ///< it stands in the place of an item (too large, too deep, broken brackets, cut off)
};

/// Takes the pieces in the order of the text. An error stops the splitter, which passes it on.
class SplitSink {
 public:
  virtual ~SplitSink() = default;
  /// A value that a pattern names.
  virtual Result<void> item(const SplitPiece& piece) = 0;
  /// A member (or element) beside the way to the items, such as "/type" of a bundle.
  virtual Result<void> member(const SplitPiece& piece) = 0;
  /// An object or array on the way to the items opens or closes.
  virtual Result<void> enter(std::string_view pointer) = 0;
  virtual Result<void> leave(std::string_view pointer) = 0;
  virtual Result<void> defect(const SplitDefect& defect) = 0;
  /// The whole text, when it closed without a single item or list of items and is not longer than an item may
  /// be: after all its members were given. Nothing by default.
  virtual Result<void> whole(const SplitPiece& piece);
};

/// Cuts one large JSON text, given in chunks, into the raw slices of its items, in memory bounded by the
/// limits.
///
/// Patterns say where items lie: JSON pointers with `*` for "each element of an array", such as "/objects/*"
/// or
/// "/response/*/Event/Attribute/*". Containers on the way are walked; every other value beside the way is a
/// member.
///
/// Slices are cut by brackets, aware of strings; whether a slice is JSON inside is for the parser that reads
/// it next. The walked part is checked here: separators, names (no duplicates), literals. After a defect it
/// goes on at the next place that makes sense: a broken item ends at its closing bracket, or, when its
/// brackets do not match, where the brackets around it say so; a string that runs over a line end is taken as
/// closed there. What cannot be read at all is one defect, not silence.
///
/// Linear; inside strings it looks at eight bytes at a time. Bytes are not copied unless an item crosses
/// chunks.
class JsonSplitter {
 public:
  JsonSplitter(const std::vector<std::string>& patterns, const SplitLimits& limits, SplitSink& sink);
  ~JsonSplitter();
  JsonSplitter(JsonSplitter&&) noexcept;
  JsonSplitter& operator=(JsonSplitter&&) noexcept;

  /// Errors: only those of the sink.
  Result<void> feed(BytesView chunk);
  /// The text has ended: a text that is not complete is a defect.
  Result<void> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace parley::encoding
