#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "record/fields.hpp"

/// One list of the members of a statement for both directions: a function that names each member once, called
/// with one of these. So what is written and what is read cannot differ.
namespace parley::record {

/// Sets members in the order in which they are named.
class FieldWriter {
 public:
  explicit FieldWriter(Json start) : out_(std::move(start)) {}

  void text(std::string_view key, const std::string& value) { set(key, value); }
  void choice(std::string_view key, const std::string& value, std::initializer_list<std::string_view>) {
    set(key, value);
  }
  void sorted(std::string_view key, const std::vector<std::string>& value) { set(key, texts_json(value)); }
  void number(std::string_view key, std::uint64_t value) { set(key, value); }
  void flag(std::string_view key, bool value) { set(key, value); }
  void hash(std::string_view key, const crypto::Hash256& value) { set(key, hex(value)); }
  void time(std::string_view key, Timestamp value) { set(key, format_time(value)); }

  Json take() { return std::move(out_); }

 private:
  void set(std::string_view key, Json value) { out_.set(std::string(key), std::move(value)); }
  Json out_;
};

/// Reads them; the first that is missing or wrong is the result, and those behind it are left alone.
class FieldReader {
 public:
  explicit FieldReader(const Json& in) : in_(in) {}

  void text(std::string_view key, std::string& value) {
    take(value, [&] { return text_member(in_, key); });
  }
  void choice(std::string_view key, std::string& value, std::initializer_list<std::string_view> allowed) {
    take(value, [&] { return choice_member(in_, key, allowed); });
  }
  void sorted(std::string_view key, std::vector<std::string>& value) {
    take(value, [&] { return sorted_member(in_, key); });
  }
  void number(std::string_view key, std::uint64_t& value) {
    take(value, [&] { return in_.uint_member(key); });
  }
  void flag(std::string_view key, bool& value) {
    take(value, [&] { return in_.bool_member(key); });
  }
  void hash(std::string_view key, crypto::Hash256& value) {
    take(value, [&] { return hash_member(in_, key); });
  }
  void time(std::string_view key, Timestamp& value) {
    take(value, [&] { return time_member(in_, key); });
  }

  /// How many members were named.
  std::size_t count() const { return count_; }
  const Result<void>& result() const { return result_; }

 private:
  template <class T, class F>
  void take(T& to, F&& read) {
    ++count_;
    if (!result_) return;
    auto value = read();
    if (value)
      to = std::move(*value);
    else
      result_ = std::unexpected(std::move(value.error()));
  }
  const Json& in_;
  Result<void> result_;
  std::size_t count_ = 0;
};

}  // namespace parley::record
