#include "pattern/observations.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>

namespace parley::pattern {

using encoding::Json;
using encoding::json_pointer;

namespace {

/// Bundles in arrays in bundles: nothing real goes deeper.
constexpr std::size_t max_nesting = 4;

std::string_view text_of(const Json& object, std::string_view key) {
  const Json* const value = object.find(key);
  const std::string* const text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

}  // namespace

const Json* Observation::find(std::string_view name) const {
  const auto found = std::ranges::lower_bound(objects, name, {}, &ObservedObject::name);
  return found != objects.end() && found->name == name ? found->json : nullptr;
}

class ObservationReader {
 public:
  ObservationReader(const ObservationLimits& limits, Observations& out) : limits_(limits), out_(out) {}

  Result<void> run(const Json& data) {
    PARLEY_CHECK(collect(data, "", 0));
    for (const Found& found : found_) PARLEY_CHECK(observation(found));
    return {};
  }

 private:
  struct Found {
    const Json* object;
    std::string pointer;
  };

  Result<void> collect(const Json& value, const std::string& pointer, std::size_t depth) {
    if (const Json::Array* const array = value.if_array()) {
      if (depth > max_nesting) return {};
      for (std::size_t i = 0; i < array->size(); ++i)
        PARLEY_CHECK(collect((*array)[i], json_pointer(pointer, std::to_string(i)), depth + 1));
      return {};
    }
    if (!value.is_object()) return {};
    const std::string_view type = text_of(value, "type");
    if (type == "bundle") {
      const Json* const objects = value.find("objects");
      return objects != nullptr ? collect(*objects, json_pointer(pointer, "objects"), depth + 1)
                                : Result<void>{};
    }
    if (type == "observed-data") {
      if (found_.size() >= limits_.max_observations)
        return fail(
            ErrorKind::bad_input,
            "more than " + std::to_string(limits_.max_observations) + " observations: match them in parts",
            pointer);
      found_.push_back({&value, pointer});
    } else if (const std::string_view id = text_of(value, "id"); !id.empty()) {
      by_id_.emplace(id, &value);
    }
    return {};
  }

  Result<Moment> time(const Found& found, std::string_view key) {
    const std::optional<Moment> moment = parse_moment(text_of(*found.object, key));
    if (moment) return *moment;
    return fail(ErrorKind::bad_input, "observed-data needs this as a timestamp in UTC (2024-01-31T12:30:00Z)",
                json_pointer(found.pointer, key));
  }

  Result<void> observation(const Found& found) {
    Observation out;
    out.id = text_of(*found.object, "id");
    PARLEY_TRY(out.first, time(found, "first_observed"));
    PARLEY_TRY(out.last, time(found, "last_observed"));
    if (out.last < out.first)
      return fail(ErrorKind::bad_input, "last_observed is before first_observed", found.pointer);
    const Json* const count = found.object->find("number_observed");
    const std::optional<std::uint64_t> number = count != nullptr ? count->uint_value() : std::nullopt;
    if (number.value_or(0) == 0)
      return fail(ErrorKind::bad_input, "observed-data needs this as a whole number of at least 1",
                  json_pointer(found.pointer, "number_observed"));
    out.count = *number;
    if (const Json* const inside = found.object->find("objects"); inside != nullptr && inside->is_object())
      for (const Json::Member& member : *inside->if_object())
        if (member.second.is_object())
          out.objects.push_back({member.first, text_of(member.second, "type"), &member.second});
    if (const Json* const references = found.object->find("object_refs");
        references != nullptr && references->is_array())
      for (const Json& reference : *references->if_array())
        if (const std::string* const id = reference.if_string())
          if (const auto object = by_id_.find(*id); object != by_id_.end())
            out.objects.push_back({object->first, text_of(*object->second, "type"), object->second});
    std::ranges::sort(out.objects, {}, &ObservedObject::name);
    const auto rest = std::ranges::unique(out.objects, {}, &ObservedObject::name);
    out.objects.erase(rest.begin(), rest.end());
    objects_ += out.objects.size();
    if (objects_ > limits_.max_objects)
      return fail(ErrorKind::bad_input,
                  "more than " + std::to_string(limits_.max_objects) +
                      " objects in observations: match them in parts",
                  found.pointer);
    out_.all_.push_back(std::move(out));
    return {};
  }

  const ObservationLimits& limits_;
  Observations& out_;
  std::vector<Found> found_;
  std::unordered_map<std::string_view, const Json*> by_id_;
  std::size_t objects_ = 0;
};

Result<Observations> Observations::read(const Json& data, const ObservationLimits& limits) {
  Observations out;
  PARLEY_CHECK(ObservationReader(limits, out).run(data));
  return out;
}

}  // namespace parley::pattern
