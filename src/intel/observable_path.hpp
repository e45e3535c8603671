#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "intel/selector.hpp"

namespace parley::intel {

/// Collects selectors and says what was refused; the one place where values of objects become selectors.
class SelectorCollector {
 public:
  SelectorCollector(std::vector<Selector>& selectors, std::vector<std::string>& warnings, std::size_t limit)
      : selectors_(selectors), warnings_(warnings), limit_(limit) {}

  /// A value of this type; a host prefix ("/32" of IPv4, "/128" of IPv6) is dropped. Types without canonical
  /// rules give nothing.
  void add(SelectorType type, std::string_view value);
  /// The same for sources that are written by hand: a value that is refused is tried again after refanging.
  void add_written(SelectorType type, std::string_view value);
  /// An IPv4 or IPv6 address or a domain name, whatever it is.
  void add_host(std::string_view value);
  /// A hash under the name that STIX gives its algorithm ("SHA-256"), also as others write it ("sha256").
  void add_file_hash(std::string_view algorithm, std::string_view value);
  void add_certificate_hash(std::string_view algorithm, std::string_view value);
  /// A value under an object path of a pattern: "file:hashes.'SHA-256'".
  void add_path(std::string_view path, std::string_view value);
  /// Sorts, and drops what is there twice. Once, at the end.
  void finish();

 private:
  bool try_add(SelectorType type, std::string_view value, std::string* why);

  std::vector<Selector>& selectors_;
  std::vector<std::string>& warnings_;
  std::size_t limit_;
  bool full_ = false;
};

/// Adds a warning unless there are many already: one object cannot make the node remember a novel.
void warn(std::vector<std::string>& warnings, std::string text);

}  // namespace parley::intel
