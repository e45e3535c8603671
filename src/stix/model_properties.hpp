#pragma once

#include "stix/model.hpp"

/// Short words for the tables of properties; the tables alone include this.
namespace parley::stix::table {

constexpr Property value_of(std::string_view name, Kind kind, std::uint8_t argument = 0) {
  return {.name = name, .kind = kind, .argument = argument};
}
template <class Enum>
constexpr Property value_of(std::string_view name, Kind kind, Enum argument) {
  return value_of(name, kind, static_cast<std::uint8_t>(argument));
}
constexpr Property text(std::string_view name) {
  return value_of(name, Kind::text);
}
constexpr Property boolean(std::string_view name) {
  return value_of(name, Kind::boolean);
}
constexpr Property time(std::string_view name) {
  return value_of(name, Kind::time);
}
constexpr Property hex(std::string_view name) {
  return value_of(name, Kind::hex);
}
constexpr Property hashes(std::string_view name) {
  return value_of(name, Kind::hashes);
}
constexpr Property dictionary(std::string_view name) {
  return value_of(name, Kind::dictionary);
}
constexpr Property integer(std::string_view name, Range range = Range::none) {
  return value_of(name, Kind::integer, range);
}
constexpr Property number(std::string_view name, Range range = Range::none) {
  return value_of(name, Kind::number, range);
}
constexpr Property ref(std::string_view name, Targets targets) {
  return value_of(name, Kind::identifier, targets);
}
/// A word of an open vocabulary (others are advised against).
constexpr Property word(std::string_view name, Vocabulary vocabulary) {
  return value_of(name, Kind::vocabulary, vocabulary);
}
/// A word of a closed one.
constexpr Property one_of(std::string_view name, Vocabulary vocabulary) {
  return value_of(name, Kind::enumeration, vocabulary);
}
constexpr Property form(std::string_view name, Form form) {
  return value_of(name, Kind::form, form);
}
constexpr Property part(std::string_view name, Part part) {
  return value_of(name, Kind::part, part);
}

constexpr Property list(Property property) {
  property.list = true;
  return property;
}
constexpr Property list_or_empty(Property property) {
  property.list = true;
  property.may_be_empty = true;
  return property;
}
constexpr Property required(Property property) {
  property.required = true;
  return property;
}
constexpr Property since_21(Property property) {
  property.since_21 = true;
  return property;
}

}  // namespace parley::stix::table
