#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The parts of `JsonSplitter`, which alone includes this: the tree of patterns, and the search for a value's
/// end.
namespace parley::encoding::splitter {

/// The patterns as a tree of steps.
class Paths {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  explicit Paths(const std::vector<std::string>& patterns);

  std::size_t root() const { return 0; }
  /// One step down, or `none`.
  std::size_t element(std::size_t node) const { return nodes_[node].element; }
  std::size_t member(std::size_t node, std::string_view key) const;
  bool has_names(std::size_t node) const { return !nodes_[node].members.empty(); }
  bool is_item(std::size_t node) const { return nodes_[node].item; }
  /// Whether the elements of a list at this node are items.
  bool has_items(std::size_t node) const {
    return nodes_[node].element != none && nodes_[nodes_[node].element].item;
  }

 private:
  struct Node {
    std::vector<std::pair<std::string, std::size_t>> members;
    std::size_t element = none;
    bool item = false;
  };
  std::vector<Node> nodes_;
};

/// Finds the end of one value by its brackets and strings, over chunk borders.
class Capture {
 public:
  struct Step {
    std::size_t end = 0;  ///< first byte that does not belong to the value any more
    bool done = false;
  };

  explicit Capture(std::size_t max_depth) : max_depth_(max_depth) {}

  /// Before the first byte `c` is scanned. `in_array`: what the value stands in.
  void begin(char c, bool in_array);
  Step scan(std::string_view chunk, std::size_t from);
  /// Whether the value is complete when the text ends here (a number or a word needs no end of its own).
  bool at_end() const { return kind_ == Kind::scalar; }
  /// Why the value cannot be read, or empty.
  std::string_view defect() const { return defect_; }

 private:
  enum class Kind : std::uint8_t { container, string, scalar };
  enum class Closing : std::uint8_t { inside, ends_value, belongs_outside };

  void broken(std::string_view why) {
    if (defect_.empty()) defect_ = why;
  }
  void push(char c);
  Closing pop(char c);
  /// Whether an object that opens here cannot be inside the object around it: the item before lost its
  /// bracket.
  bool starts_next_item(std::string_view chunk, std::size_t at) const;

  std::size_t max_depth_;
  Kind kind_ = Kind::scalar;
  bool in_array_ = false;
  bool in_string_ = false;
  bool escape_ = false;
  bool first_ = false;
  char last_ = 0;            // the last byte of the chunk before that is not blank
  std::string open_;         // the brackets that are open
  std::size_t excess_ = 0;   // open brackets beyond max_depth
  std::string_view defect_;  // of static storage
};

/// Whether a JSON value can begin with this byte.
bool begins_value(char c);
/// Adds one reference token (RFC 6901 section 4).
void append_pointer(std::string& pointer, std::string_view key);
/// The text of a JSON string without its quotes; nothing when an escape is broken.
std::optional<std::string> unescape(std::string_view raw);

}  // namespace parley::encoding::splitter
