#include "pattern/plan.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <utility>

namespace parley::pattern {
namespace {

using Kind = PlanNode::Kind;

struct Window {
  Moment begin = first_moment;
  Moment end = last_moment;
};

std::uint64_t whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() ? value : std::numeric_limits<std::uint64_t>::max();
}

std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return b != 0 && a > most / b ? most : a * b;
}

class Planner {
 public:
  explicit Planner(const Pattern& pattern) : pattern_(pattern) {}

  Result<Plan> run() {
    PARLEY_TRY(plan_.root, node(pattern_.root(), {}));
    if (leaves() > max_plan_leaves)
      return fail(ErrorKind::bad_input, "the pattern asks for more than " + std::to_string(max_plan_leaves) +
                                            " observation expressions, repetitions counted: split it");
    return std::move(plan_);
  }

 private:
  std::uint32_t add(PlanNode&& node) {
    plan_.nodes.push_back(std::move(node));
    return static_cast<std::uint32_t>(plan_.nodes.size() - 1);
  }
  std::string place(const Constant& constant) const { return "byte " + std::to_string(constant.offset); }

  /// Of the root, copies counted.
  std::uint64_t leaves() const {
    std::vector<std::uint64_t> sums;
    for (const PlanNode& node : plan_.nodes) {
      std::uint64_t sum = node.kind == Kind::leaf ? 1 : 0;
      for (const std::uint32_t child : node.children)
        sum = std::min<std::uint64_t>(sum + sums[child], max_plan_leaves + 1);
      sums.push_back(node.kind == Kind::repeats ? times(sum, node.count) : sum);
    }
    return sums[plan_.root];
  }

  Result<std::uint32_t> node(NodeIndex index, const Window& window) {
    const Node& node = pattern_.node(index);
    switch (node.kind) {
      case NodeKind::followed_by:
        return followed_by(node, window);
      case NodeKind::observation_or:
        return any(node, window);
      case NodeKind::observation_and:
        return all(node, window);
      case NodeKind::within:
        return within(node, window);
      case NodeKind::repeats:
        return repeats(node, window);
      case NodeKind::start_stop:
        return start_stop(node, window);
      default: {
        PlanNode leaf;
        leaf.alternatives.push_back({index, window.begin, window.end});
        return add(std::move(leaf));
      }
    }
  }

  Result<std::uint32_t> followed_by(const Node& chain, const Window& window) {
    std::optional<std::uint32_t> before;
    for (NodeIndex child = chain.child; child != no_node; child = pattern_.node(child).next) {
      PARLEY_TRY(const std::uint32_t operand, node(child, window));
      if (!before) {
        before = operand;
        continue;
      }
      PlanNode pair{
          .kind = Kind::followed_by, .children = {*before, operand}, .alternatives = {}, .span = {}};
      before = add(std::move(pair));
    }
    return *before;
  }

  Result<std::uint32_t> all(const Node& chain, const Window& window) {
    PlanNode out{.kind = Kind::all, .children = {}, .alternatives = {}, .span = {}};
    for (NodeIndex child = chain.child; child != no_node; child = pattern_.node(child).next) {
      PARLEY_TRY(const std::uint32_t operand, node(child, window));
      out.children.push_back(operand);
    }
    return add(std::move(out));
  }

  /// Single observations joined by OR are one leaf.
  Result<std::uint32_t> any(const Node& chain, const Window& window) {
    PlanNode joined;
    PlanNode out{.kind = Kind::any, .children = {}, .alternatives = {}, .span = {}};
    for (NodeIndex child = chain.child; child != no_node; child = pattern_.node(child).next) {
      PARLEY_TRY(const std::uint32_t operand, node(child, window));
      const PlanNode& made = plan_.nodes[operand];
      if (made.kind == Kind::leaf && made.count == 1)
        joined.alternatives.insert(joined.alternatives.end(), made.alternatives.begin(),
                                   made.alternatives.end());
      else
        out.children.push_back(operand);
    }
    if (joined.alternatives.empty()) return add(std::move(out));
    const std::uint32_t leaf = add(std::move(joined));
    if (out.children.empty()) return leaf;
    out.children.insert(out.children.begin(), leaf);
    return add(std::move(out));
  }

  Result<std::uint32_t> within(const Node& qualified, const Window& window) {
    const Constant& constant = pattern_.constants(qualified)[0];
    const Moment span = parse_seconds(constant.text);
    if (span == Moment{})
      return fail(ErrorKind::bad_input, "WITHIN must be longer than 0 SECONDS", place(constant));
    PARLEY_TRY(const std::uint32_t child, node(qualified.child, window));
    // One observation is within any span.
    if (plan_.nodes[child].kind == Kind::leaf && plan_.nodes[child].count == 1) return child;
    PlanNode out{.kind = Kind::within, .children = {child}, .alternatives = {}, .span = span};
    return add(std::move(out));
  }

  /// Leaves, and AND of them, repeated are leaves that want more; anything else is repeated as it is.
  bool multiply(std::uint32_t index, std::uint64_t count) {
    const std::vector<std::uint32_t> children = plan_.nodes[index].children;
    const Kind kind = plan_.nodes[index].kind;
    if (kind == Kind::leaf) {
      plan_.nodes[index].count = times(plan_.nodes[index].count, count);
      return true;
    }
    if (kind != Kind::all ||
        !std::ranges::all_of(children, [&](std::uint32_t c) { return plan_.nodes[c].kind == Kind::leaf; }))
      return false;
    for (const std::uint32_t child : children) multiply(child, count);
    return true;
  }

  Result<std::uint32_t> repeats(const Node& qualified, const Window& window) {
    const Constant& constant = pattern_.constants(qualified)[0];
    const std::uint64_t count = whole_number(constant.text);
    if (count == 0) return fail(ErrorKind::bad_input, "REPEATS must be at least 1 TIMES", place(constant));
    PARLEY_TRY(const std::uint32_t child, node(qualified.child, window));
    if (count == 1 || multiply(child, count)) return child;
    PlanNode out{.kind = Kind::repeats, .children = {child}, .alternatives = {}, .count = count, .span = {}};
    return add(std::move(out));
  }

  Result<std::uint32_t> start_stop(const Node& qualified, const Window& window) {
    const auto constants = pattern_.constants(qualified);
    std::optional<Moment> ends[2];
    for (std::size_t i = 0; i < 2; ++i) {
      ends[i] = parse_moment(text_value(constants[i]));
      if (!ends[i])
        return fail(ErrorKind::bad_input, "no timestamp: write 2024-01-31T12:30:00Z", place(constants[i]));
    }
    return node(qualified.child, {.begin = std::max(window.begin, *ends[0]),
                                  .end = std::min(window.end, just_before(*ends[1]))});
  }

  const Pattern& pattern_;
  Plan plan_;
};

}  // namespace

Result<Plan> make_plan(const Pattern& pattern) {
  return Planner(pattern).run();
}

}  // namespace parley::pattern
