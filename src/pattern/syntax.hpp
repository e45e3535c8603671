#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley::pattern {

/// What a node of a parsed pattern is. The first seven say which observations belong together and when they
/// were made, the last three what one observation holds.
enum class NodeKind : std::uint8_t {
  followed_by,      ///< operands in the order of time
  observation_or,   ///< one of the operands
  observation_and,  ///< all operands, each with observations of its own
  within,           ///< the child, all of it within so many seconds (one constant)
  repeats,          ///< the child so many times (one constant)
  start_stop,       ///< the child, at or after the first constant and before the second
  observation,      ///< `[…]`: the child is its comparison expression
  comparison_or,    ///< one of the operands
  comparison_and,   ///< all operands, on the same object
  comparison,       ///< a path, an operator and its constants
};

enum class Operator : std::uint8_t {
  none,  ///< the node is no comparison
  equal,
  unequal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  in,  ///< any number of constants, none too
  like,
  matches,
  is_subset,
  is_superset,
  exists,  ///< no constant
};

/// The operator as patterns write it: "=", "ISSUBSET".
std::string_view operator_text(Operator operation);

enum class ConstantKind : std::uint8_t {
  text,       ///< '…'
  integer,    ///< any number of digits, perhaps a minus
  decimal,    ///< with a point
  boolean,    ///< true or false
  binary,     ///< b'…', base64
  hex,        ///< h'…'
  timestamp,  ///< t'…'
};

struct Constant {
  ConstantKind kind = ConstantKind::text;
  bool has_escape = false;   ///< of a text: `\'` or `\\` stands in it, see `text_value`
  std::uint32_t offset = 0;  ///< where it begins in the pattern
  std::string_view text =
      {}; /**< as written, of quoted ones what stands between the quotes, of numbers without
               a plus sign. Two constants are the same exactly when kind and text are. */
};

/// One step of an object path behind the object type.
struct Step {
  enum class Kind : std::uint8_t {
    key,    ///< .name or .'name'
    index,  ///< [2]
    every,  ///< [*]
  };
  Kind kind = Kind::key;
  bool has_escape = false;
  std::string_view text =
      {};  ///< the name between its quotes, the index as written; the same as for constants
};

struct Path {
  std::string_view object_type = {};
  std::uint32_t first_step = 0;
  std::uint32_t step_count = 0;
  std::uint32_t offset = 0;  ///< where it begins in the pattern
};

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex no_node = 0xFFFF'FFFF;

struct Node {
  NodeKind kind = NodeKind::observation;
  Operator operation = Operator::none;
  bool negated = false;       ///< NOT before the operator
  bool again = false;         ///< a qualifier of a kind that this observation has already
  std::uint32_t offset = 0;   ///< where it begins in the pattern
  NodeIndex child = no_node;  ///< the first operand; the others hang on its `next`
  NodeIndex next = no_node;   ///< the operand behind this one
  std::uint32_t path = 0;     ///< of a comparison
  std::uint32_t first_constant = 0;
  std::uint32_t constant_count = 0;
};

/// A parsed STIX pattern: a tree in one array. Names and constants are views into the text that was parsed,
/// which must live as long. Operators of one kind in a row are one node with many operands; parentheses are
/// not kept where they change nothing.
class Pattern {
 public:
  NodeIndex root() const { return root_; }
  const Node& node(NodeIndex index) const { return nodes_[index]; }
  /// All nodes, operands before what holds them.
  std::span<const Node> nodes() const { return nodes_; }
  const Path& path(const Node& comparison) const { return paths_[comparison.path]; }
  std::span<const Step> steps(const Path& path) const {
    return std::span(steps_).subspan(path.first_step, path.step_count);
  }
  std::span<const Constant> constants(const Node& node) const {
    return std::span(constants_).subspan(node.first_constant, node.constant_count);
  }

 private:
  friend class Parser;

  std::vector<Node> nodes_;
  std::vector<Path> paths_;
  std::vector<Step> steps_;
  std::vector<Constant> constants_;
  NodeIndex root_ = no_node;
};

/// A text constant or a key without its escapes.
std::string text_value(std::string_view text, bool has_escape);
inline std::string text_value(const Constant& constant) {
  return text_value(constant.text, constant.has_escape);
}
inline std::string text_value(const Step& step) {
  return text_value(step.text, step.has_escape);
}

/// The path in one way of writing: keys in quotes only where they need them ("file:hashes.'SHA-256'").
void append_path(std::string& out, const Pattern& pattern, const Path& path);
inline std::string path_text(const Pattern& pattern, const Path& path) {
  std::string out;
  append_path(out, pattern, path);
  return out;
}

/// The pattern in one way of writing: single spaces, `=` and `!=`, parentheses where they are needed. Parsed
/// again it is the same tree.
std::string write_pattern(const Pattern& pattern);

/// Whether two trees say the same in the same order; where they stood in the text does not matter.
bool same_pattern(const Pattern& a, const Pattern& b);

}  // namespace parley::pattern
