#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "intel/json_dom.hpp"
#include "pattern/syntax.hpp"
#include "stix/lookup.hpp"
#include "stix/text_form.hpp"
#include "stix/validator.hpp"

namespace parley::stix {

/// What is used again from object to object.
struct CheckerMemory {
  std::vector<PathStep> path;
  pattern::Pattern pattern;
};

/// Checks one parsed object. `Validator` alone uses it; its parts lie in the `checker_*.cpp` files.
class Checker {
 public:
  using Element = simdjson::dom::element;
  using Object = simdjson::dom::object;
  using ElementType = simdjson::dom::element_type;

  Checker(const ValidateOptions& options, ObjectVerdict& verdict, CheckerMemory& memory)
      : options_(options), verdict_(verdict), path_(memory.path), pattern_(memory.pattern) {}

  /// A whole object, or a bundle with its objects.
  void check(const Object& tree, std::string_view raw, const ObjectPlace& place, FindingSink& sink);
  /// Reports what stopped the reading.
  void unreadable(Rule rule, std::string_view why, const ObjectPlace& place, FindingSink& sink);

 private:
  /// One object (or part) that is being read: which of its properties are there.
  struct Frame {
    const Lookup* lookup = nullptr;
    std::uint64_t seen = 0;
    std::array<Element, Lookup::max_properties> values;

    bool has(int index) const { return index >= 0 && ((seen >> static_cast<unsigned>(index)) & 1U) != 0; }
    const Element& at(int index) const { return values[static_cast<std::size_t>(index)]; }
    /// The value of that property, or nullptr.
    const Element* find(std::string_view name) const {
      const int index = lookup->find(name);
      return has(index) ? &at(index) : nullptr;
    }
    std::string_view text(std::string_view name) const {
      std::string_view out;
      if (const Element* value = find(name)) std::ignore = value->get_string().get(out);
      return out;
    }
  };
  /// Keeps the path while something inside is looked at.
  class Step;

  bool is_20() const { return verdict_.version == Version::v20; }
  bool is_known() const { return type_ != nullptr; }
  Category category() const { return type_ == nullptr ? custom_category_ : type_->model().category; }
  bool is_observable() const { return category() == Category::observable; }

  void report(Rule rule, std::string_view a = {}, std::string_view b = {}, std::string_view c = {},
              std::uint16_t code = 0);

  // checker.cpp: objects, properties, relations
  void start(const Object& tree, const ObjectPlace& place);
  void object_20_or_21(const Object& tree);
  void members(const Object& tree, Frame& frame, bool top);
  void required(const Frame& frame, std::uint64_t needed);
  void relations(const Frame& frame);
  void unknown_property(std::string_view name, const Element& value);
  void unknown_part_member(const Lookup& part, std::string_view name, const Element& value);
  bool has_created_before_modified() const;
  void part(const Element& value, Part kind, std::string_view name);
  void bundle(const Object& tree, const Frame& frame, const ObjectPlace& place);
  void walk(const Element& value, std::size_t depth);

  // checker_values.cpp: values of every kind
  void value(const Property& property, const Element& value, bool of_part);
  void single(const Property& property, const Element& value, bool of_part);
  void text_value(const Property& property, std::string_view text, bool of_part);
  void form(const Property& property, std::string_view text);
  void identifier(const Property& property, std::string_view text, bool of_part);
  void number(const Property& property, const Element& value);
  void time(const Property& property, std::string_view text);
  void hashes(const Property& property, const Element& value);
  void dictionary(const Property& property, const Element& value);
  void wrong_type(std::string_view name, std::string_view expected, const Element& value);

  // checker_markings.cpp
  void granular_marking(const Element& value, const Frame& frame);
  void selectors(const Object& tree, const Frame& frame);
  void marking_definition(const Object& tree, const Frame& frame);
  void marking_references(const Frame& frame);

  // checker_extensions.cpp
  void extensions(const Element& value);
  void extension(std::string_view key, const Element& value);
  void custom_use(const Object& tree, const Frame& frame);
  void extension_definition(const Frame& frame);

  // checker_types.cpp: rules of single types
  void external_reference(const Frame& frame);
  void special(const Object& tree, const Frame& frame);
  void email_message(const Frame& frame);
  void indicator(const Frame& frame);
  void pattern_names();
  void language_content(const Frame& frame);
  void observed_objects(const Element& value);
  void observable_id(const Frame& frame);
  void interop(const Frame& frame);

  // checker_advice.cpp: what only gives warnings
  void advice(const Object& tree, const Frame& frame);
  void relationship_advice(const Frame& frame);
  void key_case(const Object& tree);
  void traffic_advice(const Frame& frame);

  const ValidateOptions& options_;
  ObjectVerdict& verdict_;
  FindingSink* sink_ = nullptr;
  std::vector<PathStep>& path_;
  std::string_view base_;
  std::string_view raw_;
  std::string_view type_name_;
  std::string_view id_;
  std::string_view created_;
  std::string_view modified_;
  Identifier id_parts_;
  bool id_ok_ = false;
  const Lookup* type_ = nullptr;
  Category custom_category_ = Category::domain;
  bool toplevel_extension_ = false;  ///< an extension of the type toplevel-property-extension
  bool property_extension_ = false;
  bool new_type_extension_ = false;
  const Object* observed_ = nullptr;  ///< `objects` of the observed-data around: references are its keys
  bool stopped_ = false;
  pattern::Pattern& pattern_;  ///< its memory is used again
  std::string scratch_;
};

class Checker::Step {
 public:
  Step(Checker& checker, std::string_view name) : checker_(checker) {
    checker_.path_.push_back({.name = name, .index = 0, .is_index = false});
  }
  Step(Checker& checker, std::size_t index) : checker_(checker) {
    checker_.path_.push_back({.name = {}, .index = index, .is_index = true});
  }
  ~Step() { checker_.path_.pop_back(); }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

 private:
  Checker& checker_;
};

}  // namespace parley::stix
