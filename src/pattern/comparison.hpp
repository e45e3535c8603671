#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "encoding/json.hpp"
#include "pattern/moment.hpp"
#include "pattern/network.hpp"
#include "pattern/observations.hpp"
#include "pattern/syntax.hpp"
#include "pattern/text_match.hpp"

namespace parley::pattern {

/// What matching may cost, counted in steps (values looked at, bytes searched, choices tried). Whoever
/// counts stops when `spend` says false.
class Budget {
 public:
  explicit Budget(std::uint64_t steps) : left_(steps) {}
  bool spend(std::uint64_t steps = 1) {
    if (steps > left_) {
      left_ = 0;
      exhausted_ = true;
      return false;
    }
    left_ -= steps;
    return true;
  }
  bool exhausted() const { return exhausted_; }

 private:
  std::uint64_t left_;
  bool exhausted_ = false;
};

/// A value that comparisons are made with: a constant of a pattern, or one of an object in its native form
/// (STIX 2.1 section 9.6.4). Numbers are held in `long double`, which has 64 bits of mantissa on every
/// platform that the product is built for, so that every 64-bit integer and every double is exact in it.
struct Value {
  enum class Kind : std::uint8_t { none, text, bytes, number, boolean, moment };
  Kind kind = Kind::none;
  bool boolean = false;
  long double number = 0;
  Moment moment;

  std::string_view view() const { return borrowed != nullptr ? std::string_view(*borrowed) : owned; }
  const std::string* borrowed = nullptr;  ///< of text and bytes, where the JSON keeps it
  std::string owned;                      ///< and where nothing does
};

/// One comparison of a pattern, ready to be made: a path, an operator, constants.
class Comparison {
 public:
  /// Bad input for what `check_pattern` calls unusable.
  static Result<Comparison> compile(const Pattern& pattern, const Node& node);

  /// Whether an object of the observation fulfils it. False for an object of another type and where the path
  /// leads to nothing, even under NOT. Bad input when a timestamp is compared with a string that is none.
  Result<bool> holds(const Observation& observation, std::string_view type, const encoding::Json& object,
                     Budget& budget) const;
  std::string_view object_type() const { return object_type_; }

 private:
  struct CompiledStep {
    Step::Kind kind = Step::Kind::key;
    bool references = false;  ///< what stands here are names of objects, and the path goes on into them
    bool is_hex = false;
    bool is_binary = false;
    std::string key;
    std::size_t index = 0;
  };
  /// The values under a path: those of the last step, with how they are written.
  void select(const Observation& observation, const encoding::Json& object, Budget& budget,
              std::vector<const encoding::Json*>& out) const;
  Result<bool> test(const encoding::Json& value, Budget& budget) const;
  Result<bool> plain_test(const Value& value, Budget& budget) const;
  Value native(const encoding::Json& value) const;

  std::string object_type_;
  std::vector<CompiledStep> steps_;
  Operator operation_ = Operator::equal;
  bool negated_ = false;
  std::vector<Value> constants_;
  std::vector<std::string> text_set_;  ///< of IN with strings, sorted
  std::optional<Regex> regex_;
  std::optional<LikePattern> like_;
  std::optional<Network> network_;
};

}  // namespace parley::pattern
