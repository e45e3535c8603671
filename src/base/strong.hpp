#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

namespace parley {

/// A value that cannot be mistaken for another of the same representation:
/// `using RunId = Strong<struct RunIdTag, std::string>;`
template <class Tag, class T>
class Strong {
 public:
  using Value = T;
  Strong() = default;
  explicit Strong(T value) : value_(std::move(value)) {}
  const T& value() const { return value_; }
  auto operator<=>(const Strong&) const = default;
  bool operator==(const Strong&) const = default;

 private:
  T value_{};
};

}  // namespace parley

template <class Tag, class T>
struct std::hash<parley::Strong<Tag, T>> {
  std::size_t operator()(const parley::Strong<Tag, T>& id) const { return std::hash<T>{}(id.value()); }
};
