#include "pattern/comparison.hpp"

#include <algorithm>
#include <charconv>
#include <compare>
#include <limits>
#include <memory>
#include <utility>

#include "base/bytes.hpp"

namespace parley::pattern {

using encoding::Json;

namespace {

static_assert(std::numeric_limits<long double>::digits >= 64, "integers of 64 bits must be exact");

/// Steps that a byte of a text costs when it is searched.
constexpr std::uint64_t search_unit = 32;

std::optional<std::string> from_hex_text(std::string_view text) {
  Result<Bytes> bytes = from_hex(text);
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

/// With padding; bits behind the last octet may be anything, as the grammar lets them.
std::optional<std::string> from_base64_text(std::string_view text) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string canonical(text);
  if (const std::size_t last = text.find_last_not_of('='); last < text.size()) {
    const std::size_t padding = text.size() - 1 - last;
    if (const std::size_t six_bits = alphabet.find(text[last]); six_bits < alphabet.size() && padding < 3)
      canonical[last] = alphabet[six_bits >> (2 * padding) << (2 * padding)];
  }
  Result<Bytes> bytes = from_base64(canonical);
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

long double number_of(std::string_view text) {
  const char* const end = std::to_address(text.end());
  const auto read_whole = [&](auto& number) {
    const auto read = std::from_chars(std::to_address(text.begin()), end, number);
    return read.ec == std::errc() && read.ptr == end;
  };
  std::int64_t integer = 0;
  if (read_whole(integer)) return static_cast<long double>(integer);
  std::uint64_t large = 0;
  if (read_whole(large)) return static_cast<long double>(large);
  double real = 0;
  if (std::from_chars(std::to_address(text.begin()), end, real).ec == std::errc::result_out_of_range)
    real = std::numeric_limits<double>::infinity() * (text.starts_with('-') ? -1 : 1);
  return static_cast<long double>(real);
}

Result<Value> constant_value(const Constant& constant) {
  Value out;
  switch (constant.kind) {
    case ConstantKind::text:
      out.kind = Value::Kind::text;
      out.owned = text_value(constant);
      return out;
    case ConstantKind::integer:
    case ConstantKind::decimal:
      out.kind = Value::Kind::number;
      out.number = number_of(constant.text);
      return out;
    case ConstantKind::boolean:
      out.kind = Value::Kind::boolean;
      out.boolean = constant.text == "true";
      return out;
    case ConstantKind::hex:
    case ConstantKind::binary: {
      std::optional<std::string> bytes =
          constant.kind == ConstantKind::hex ? from_hex_text(constant.text) : from_base64_text(constant.text);
      if (!bytes) return fail(ErrorKind::bad_input, "no octets", "byte " + std::to_string(constant.offset));
      out.kind = Value::Kind::bytes;
      out.owned = std::move(*bytes);
      return out;
    }
    case ConstantKind::timestamp:
      out.kind = Value::Kind::moment;
      out.moment = parse_moment(constant.text).value_or(Moment{});
      return out;
  }
  return out;
}

std::strong_ordering order_of(std::string_view a, std::string_view b) {
  const int order = a.compare(b);  // by unsigned octets, which for UTF-8 is by code points
  return order < 0   ? std::strong_ordering::less
         : order > 0 ? std::strong_ordering::greater
                     : std::strong_ordering::equal;
}

/// How a value stands to a constant; nothing when their kinds do not compare.
std::optional<std::partial_ordering> compare(const Value& value, const Value& constant) {
  using Kind = Value::Kind;
  if (value.kind == constant.kind) {
    switch (value.kind) {
      case Kind::none:
        return std::nullopt;
      case Kind::text:
      case Kind::bytes:
        return order_of(value.view(), constant.view());
      case Kind::number:
        return value.number <=> constant.number;
      case Kind::boolean:
        return value.boolean <=> constant.boolean;
      case Kind::moment:
        return value.moment <=> constant.moment;
    }
  }
  const bool text_and_bytes = (value.kind == Kind::text && constant.kind == Kind::bytes) ||
                              (value.kind == Kind::bytes && constant.kind == Kind::text);
  if (!text_and_bytes) return std::nullopt;
  const std::optional<std::string> bytes =
      as_bytes_of_code_points(value.kind == Kind::text ? value.view() : constant.view());
  if (!bytes) return std::nullopt;
  return value.kind == Kind::text ? order_of(*bytes, constant.view()) : order_of(value.view(), *bytes);
}

bool fulfils(Operator operation, std::partial_ordering order) {
  switch (operation) {
    case Operator::less:
      return order < 0;
    case Operator::less_or_equal:
      return order <= 0;
    case Operator::greater:
      return order > 0;
    case Operator::greater_or_equal:
      return order >= 0;
    case Operator::unequal:
      return order != 0;
    default:
      return order == 0;
  }
}

std::optional<std::size_t> index_of(std::string_view text) {
  std::size_t index = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), index);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return index;
}

}  // namespace

Result<Comparison> Comparison::compile(const Pattern& pattern, const Node& node) {
  Comparison out;
  const Path& path = pattern.path(node);
  out.object_type_ = path.object_type;
  out.operation_ = node.operation;
  out.negated_ = node.negated;
  for (const Step& step : pattern.steps(path)) {
    CompiledStep compiled;
    compiled.kind = step.kind;
    if (step.kind == Step::Kind::key) compiled.key = text_value(step);
    // An index that no list can have is one that no list has.
    if (step.kind == Step::Kind::index) compiled.index = index_of(step.text).value_or(SIZE_MAX);
    compiled.is_hex = compiled.key.ends_with("_hex");
    compiled.is_binary = compiled.key.ends_with("_bin");
    out.steps_.push_back(std::move(compiled));
  }
  // References are followed only where the path goes on: `x_ref` at its end is the name itself.
  for (std::size_t i = 0; i + 1 < out.steps_.size(); ++i) {
    if (out.steps_[i].key.ends_with("_ref")) out.steps_[i].references = true;
    if (out.steps_[i].key.ends_with("_refs") && i + 2 < out.steps_.size() &&
        out.steps_[i + 1].kind != Step::Kind::key)
      out.steps_[i + 1].references = true;
  }

  const auto constants = pattern.constants(node);
  const std::string place = "byte " + std::to_string(constants.empty() ? node.offset : constants[0].offset);
  switch (node.operation) {
    case Operator::like:
      out.like_.emplace(text_value(constants[0]));
      return out;
    case Operator::matches: {
      Result<Regex> regex = Regex::compile(text_value(constants[0]));
      if (!regex) return fail(ErrorKind::bad_input, std::move(regex.error().message), place);
      out.regex_.emplace(std::move(*regex));
      return out;
    }
    case Operator::is_subset:
    case Operator::is_superset:
      out.network_ = parse_network(text_value(constants[0]));
      if (!out.network_)
        return fail(ErrorKind::bad_input, "no address and no network: write 192.0.2.0/24 or 2001:db8::/32",
                    place);
      return out;
    default:
      break;
  }
  for (const Constant& constant : constants) {
    PARLEY_TRY(Value value, constant_value(constant));
    if (!out.constants_.empty() && value.kind != out.constants_[0].kind)
      return fail(ErrorKind::bad_input, "the constants of one IN must be of one kind",
                  "byte " + std::to_string(constant.offset));
    if (node.operation == Operator::in && value.kind == Value::Kind::text)
      out.text_set_.push_back(value.owned);
    out.constants_.push_back(std::move(value));
  }
  std::ranges::sort(out.text_set_);
  return out;
}

void Comparison::select(const Observation& observation, const Json& object, Budget& budget,
                        std::vector<const Json*>& out) const {
  std::vector<const Json*> next;
  out.assign(1, &object);
  for (const CompiledStep& step : steps_) {
    next.clear();
    const auto keep = [&](const Json& value) {
      if (!step.references) return next.push_back(&value);
      const std::string* const name = value.if_string();
      if (name == nullptr) return;
      if (const Json* const target = observation.find(*name)) next.push_back(target);
    };
    for (const Json* const value : out) {
      if (!budget.spend()) return;
      if (step.kind == Step::Kind::key) {
        if (const Json* const member = value->find(step.key)) keep(*member);
      } else if (const Json::Array* const array = value->if_array()) {
        if (step.kind == Step::Kind::index && step.index < array->size()) keep((*array)[step.index]);
        if (step.kind == Step::Kind::every && budget.spend(array->size()))
          for (const Json& element : *array) keep(element);
      } else if (const Json::Object* const members = value->if_object();
                 members != nullptr && step.kind == Step::Kind::every && budget.spend(members->size())) {
        for (const Json::Member& member : *members) keep(member.second);
      }
    }
    // Lists of references can lead to the same object many times: each counts once, so that cycles do not
    // grow.
    if (step.references && next.size() > 1) {
      std::ranges::sort(next);
      const auto rest = std::ranges::unique(next);
      next.erase(rest.begin(), rest.end());
    }
    out.swap(next);
  }
}

Value Comparison::native(const Json& value) const {
  Value out;
  if (const std::string* const text = value.if_string()) {
    // A list of hex or binary values keeps the name of its property.
    auto step = steps_.rbegin();
    while (step->kind != Step::Kind::key && step + 1 != steps_.rend()) ++step;
    if (step->is_hex || step->is_binary) {
      std::optional<std::string> bytes = step->is_hex ? from_hex_text(*text) : from_base64_text(*text);
      if (!bytes) return out;
      out.kind = Value::Kind::bytes;
      out.owned = std::move(*bytes);
    } else {
      out.kind = Value::Kind::text;
      out.borrowed = text;
    }
  } else if (const bool* const boolean = value.if_bool()) {
    out.kind = Value::Kind::boolean;
    out.boolean = *boolean;
  } else if (const std::int64_t* const integer = value.if_int64()) {
    out.kind = Value::Kind::number;
    out.number = static_cast<long double>(*integer);
  } else if (const std::uint64_t* const large = value.if_uint64()) {
    out.kind = Value::Kind::number;
    out.number = static_cast<long double>(*large);
  } else if (const double* const real = value.if_double()) {
    out.kind = Value::Kind::number;
    out.number = static_cast<long double>(*real);
  }
  return out;
}

Result<bool> Comparison::plain_test(const Value& value, Budget& budget) const {
  const bool is_text = value.kind == Value::Kind::text;
  const bool is_bytes = value.kind == Value::Kind::bytes;
  budget.spend((is_text || is_bytes ? value.view().size() / search_unit : 0) + 1);
  switch (operation_) {
    case Operator::matches:
      return is_text ? regex_->occurs_in_text(value.view())
                     : is_bytes && regex_->occurs_in_bytes(value.view());
    case Operator::like: {
      std::uint64_t work = 0;
      const bool fits = is_text ? like_->matches_text(value.view(), work)
                                : is_bytes && like_->matches_bytes(value.view(), work);
      budget.spend(work / search_unit);
      return fits;
    }
    case Operator::is_subset:
    case Operator::is_superset: {
      const std::optional<Network> network = is_text ? parse_network(value.view()) : std::nullopt;
      if (!network) return false;
      return operation_ == Operator::is_subset ? network_->contains(*network) : network->contains(*network_);
    }
    case Operator::in:
      if (is_text && !text_set_.empty())
        return std::ranges::binary_search(text_set_, value.view(), std::less<>());
      budget.spend(constants_.size());
      return std::ranges::any_of(constants_, [&](const Value& constant) {
        const auto order = compare(value, constant);
        return order && *order == 0;
      });
    default: {
      const auto order = compare(value, constants_[0]);
      return order ? fulfils(operation_, *order) : operation_ == Operator::unequal;
    }
  }
}

Result<bool> Comparison::test(const Json& value, Budget& budget) const {
  Value native_value = native(value);
  if (!constants_.empty() && constants_[0].kind == Value::Kind::moment &&
      native_value.kind == Value::Kind::text) {
    const std::optional<Moment> moment = parse_moment(native_value.view());
    if (!moment)
      return fail(ErrorKind::bad_input,
                  "a timestamp is compared with a string of the data that is none: \"" +
                      std::string(native_value.view().substr(0, 80)) + "\"",
                  object_type_);
    native_value.kind = Value::Kind::moment;
    native_value.moment = *moment;
  }
  PARLEY_TRY(const bool fits, plain_test(native_value, budget));
  return fits != negated_;
}

Result<bool> Comparison::holds(const Observation& observation, std::string_view type, const Json& object,
                               Budget& budget) const {
  if (type != object_type_) return false;
  std::vector<const Json*> values;
  select(observation, object, budget, values);
  if (operation_ == Operator::exists) return values.empty() == negated_;
  for (const Json* const value : values) {
    PARLEY_TRY(const bool fits, test(*value, budget));
    if (fits || budget.exhausted()) return fits;
  }
  return false;
}

}  // namespace parley::pattern
