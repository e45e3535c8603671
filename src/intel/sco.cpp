#include <string>
#include <string_view>

#include "encoding/json_text.hpp"
#include "intel/sco_id.hpp"
#include "intel/stix.hpp"

namespace parley::intel {
namespace {

/// Namespace of the ids of `x-parley-selector`: the UUIDv5 of the URL namespace (RFC 9562 section 6.6) and
/// "https://parley.invalid/x-parley-selector". Others may not use the one of STIX.
constexpr ByteArray<16> parley_selector_namespace{0xfa, 0x40, 0x56, 0x5e, 0x37, 0xe1, 0x56, 0x29,
                                                  0x93, 0x0b, 0xf5, 0x38, 0x22, 0x0c, 0x9e, 0xc9};

struct Shape {
  std::string_view type;
  std::string_view property;   ///< that carries the value
  std::string_view algorithm;  ///< of a hash: the value lies one deeper
  bool number = false;
};

std::optional<Shape> shape_of(SelectorType type) {
  switch (type) {
    case SelectorType::ipv4_addr:
      return Shape{"ipv4-addr", "value", {}};
    case SelectorType::ipv6_addr:
      return Shape{"ipv6-addr", "value", {}};
    case SelectorType::domain_name:
      return Shape{"domain-name", "value", {}};
    case SelectorType::url:
      return Shape{"url", "value", {}};
    case SelectorType::email_addr:
      return Shape{"email-addr", "value", {}};
    case SelectorType::mac_addr:
      return Shape{"mac-addr", "value", {}};
    case SelectorType::mutex:
      return Shape{"mutex", "name", {}};
    case SelectorType::autonomous_system:
      return Shape{"autonomous-system", "number", {}, true};
    case SelectorType::file_md5:
      return Shape{"file", "hashes", "MD5"};
    case SelectorType::file_sha1:
      return Shape{"file", "hashes", "SHA-1"};
    case SelectorType::file_sha256:
      return Shape{"file", "hashes", "SHA-256"};
    case SelectorType::file_sha512:
      return Shape{"file", "hashes", "SHA-512"};
    case SelectorType::x509_sha256:
      return Shape{"x509-certificate", "hashes", "SHA-256"};
    default:
      return std::nullopt;
  }
}

/// `"property":value`, canonical (RFC 8785): there is one property, so nothing needs sorting.
std::string property_json(const Shape& shape, std::string_view value) {
  std::string out = "\"";
  out += shape.property;
  out += "\":";
  if (!shape.algorithm.empty()) {
    out += "{\"";
    out += shape.algorithm;
    out += "\":";
  }
  if (shape.number)
    out += value;
  else
    encoding::append_json_string(out, value);
  if (!shape.algorithm.empty()) out += '}';
  return out;
}

}  // namespace

std::string make_sco(const Selector& selector, std::optional<TlpLevel> level) {
  const std::optional<Shape> shape = shape_of(selector.type);
  std::string_view type = "x-parley-selector";
  std::string properties;
  std::string uuid;
  if (shape) {
    type = shape->type;
    properties = property_json(*shape, selector.value);
    uuid = make_uuid5(stix_sco_namespace, "{" + properties + "}");
  } else {
    properties = "\"selector_type\":\"";
    properties += type_name(selector.type);
    properties += "\",\"value\":";
    encoding::append_json_string(properties, selector.value);
    uuid = make_uuid5(parley_selector_namespace, "{" + properties + "}");
  }
  std::string out = "{\"type\":\"";
  out += type;
  out += "\",\"spec_version\":\"2.1\",\"id\":\"";
  out += type;
  out += "--";
  out += uuid;
  out += "\",";
  if (level) {
    out += "\"object_marking_refs\":[\"";
    out += tlp_marking_id(*level);
    out += "\"],";
  }
  out += properties;
  out += '}';
  return out;
}

}  // namespace parley::intel
