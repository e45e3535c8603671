#include "intel/observable_path.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.hpp"
#include "intel/pattern.hpp"
#include "intel/refang.hpp"

namespace parley::intel {
namespace {

constexpr std::size_t max_warnings = 16;
constexpr std::size_t max_quoted_bytes = 80;

struct PathType {
  std::string_view path;
  SelectorType type;
};

constexpr std::array path_types{
    PathType{"ipv4-addr:value", SelectorType::ipv4_addr},
    PathType{"ipv6-addr:value", SelectorType::ipv6_addr},
    PathType{"domain-name:value", SelectorType::domain_name},
    PathType{"url:value", SelectorType::url},
    PathType{"email-addr:value", SelectorType::email_addr},
    PathType{"mac-addr:value", SelectorType::mac_addr},
    PathType{"autonomous-system:number", SelectorType::autonomous_system},
    PathType{"mutex:name", SelectorType::mutex},
    PathType{"email-message:from_ref.value", SelectorType::email_addr},
    PathType{"email-message:sender_ref.value", SelectorType::email_addr},
    PathType{"email-message:to_refs[*].value", SelectorType::email_addr},
    PathType{"email-message:cc_refs[*].value", SelectorType::email_addr},
    PathType{"email-message:bcc_refs[*].value", SelectorType::email_addr},
};

constexpr std::array<std::string_view, 3> host_paths{"network-traffic:dst_ref.value",
                                                     "network-traffic:src_ref.value",
                                                     "domain-name:resolves_to_refs[*].value"};

/// "SHA-256", "sha256", "Sha_256" -> "sha256".
std::string plain_algorithm(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (is_alnum(c)) out += to_lower(c);
  return out;
}

/// What of a value is shown in a warning.
std::string shown(std::string_view value) {
  if (value.size() <= max_quoted_bytes) return std::string(value);
  return std::string(value.substr(0, max_quoted_bytes)) + "…";
}

}  // namespace

void warn(std::vector<std::string>& warnings, std::string text) {
  if (warnings.size() < max_warnings)
    warnings.push_back(std::move(text));
  else if (warnings.size() == max_warnings)
    warnings.emplace_back("more warnings left out");
}

bool SelectorCollector::try_add(SelectorType type, std::string_view value, std::string* why) {
  if (!is_supported(type)) return true;
  if (type == SelectorType::ipv4_addr && value.ends_with("/32")) value.remove_suffix(3);
  if (type == SelectorType::ipv6_addr && value.ends_with("/128")) value.remove_suffix(4);
  if (selectors_.size() >= limit_) {
    if (!full_) warn(warnings_, "more than " + std::to_string(limit_) + " selectors; the rest is left out");
    full_ = true;
    return true;
  }
  Result<Selector> selector = canonical_selector(type, value);
  if (selector)
    selectors_.push_back(std::move(*selector));
  else if (why != nullptr)
    *why = std::move(selector.error().message);
  return selector.has_value();
}

void SelectorCollector::add(SelectorType type, std::string_view value) {
  std::string why;
  if (!try_add(type, value, &why))
    warn(warnings_, "no " + std::string(type_name(type)) + ": \"" + shown(value) + "\" (" + why + ")");
}

void SelectorCollector::add_written(SelectorType type, std::string_view value) {
  if (!try_add(type, value, nullptr)) add(type, refang(value));
}

void SelectorCollector::add_host(std::string_view value) {
  if (value.find(':') != std::string_view::npos) return add(SelectorType::ipv6_addr, value);
  const bool numeric = !value.empty() &&
                       std::ranges::all_of(value, [](char c) { return is_digit(c) || c == '.' || c == '/'; });
  add(numeric ? SelectorType::ipv4_addr : SelectorType::domain_name, value);
}

void SelectorCollector::add_file_hash(std::string_view algorithm, std::string_view value) {
  const std::string name = plain_algorithm(algorithm);
  if (name == "md5")
    add(SelectorType::file_md5, value);
  else if (name == "sha1")
    add(SelectorType::file_sha1, value);
  else if (name == "sha256")
    add(SelectorType::file_sha256, value);
  else if (name == "sha512")
    add(SelectorType::file_sha512, value);
}

void SelectorCollector::add_certificate_hash(std::string_view algorithm, std::string_view value) {
  if (plain_algorithm(algorithm) == "sha256") add(SelectorType::x509_sha256, value);
}

void SelectorCollector::add_path(std::string_view path, std::string_view value) {
  for (const PathType& known : path_types)
    if (path == known.path) return add(known.type, value);
  for (const std::string_view known : host_paths)
    if (path == known) return add_host(value);
  for (const std::string_view prefix : {"file:hashes.", "artifact:hashes.", "file:content_ref.hashes."})
    if (path.starts_with(prefix)) return add_file_hash(path.substr(prefix.size()), value);
  constexpr std::string_view certificate = "x509-certificate:hashes.";
  if (path.starts_with(certificate)) add_certificate_hash(path.substr(certificate.size()), value);
}

void SelectorCollector::finish() {
  std::ranges::sort(selectors_);
  const auto rest = std::ranges::unique(selectors_);
  selectors_.erase(rest.begin(), rest.end());
}

std::vector<Selector> pattern_selectors(const PatternReading& reading, std::vector<std::string>& warnings) {
  std::vector<Selector> selectors;
  SelectorCollector collector(selectors, warnings, reading.equalities.size());
  for (const PatternEquality& equality : reading.equalities)
    collector.add_path(equality.path, equality.value);
  collector.finish();
  return selectors;
}

}  // namespace parley::intel
