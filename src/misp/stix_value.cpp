#include <algorithm>

#include "misp/stix_attribute.hpp"
#include "misp/stix_shape.hpp"

namespace parley::misp {
namespace {

using Parts = std::vector<const Value*>;

const Value* find(const Parts& parts, std::string_view type) {
  const auto part = std::ranges::find_if(parts, [&](const Value* one) { return one->text("type") == type; });
  return part == parts.end() ? nullptr : *part;
}

std::optional<std::string> text_in(const Value* object, std::string_view name) {
  const Value* const value = object != nullptr ? object->find(name) : nullptr;
  const auto text = value != nullptr ? value->as_text() : std::nullopt;
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

std::optional<std::string> text_in(const Parts& parts, std::string_view type, std::string_view name) {
  return text_in(find(parts, type), name);
}

std::optional<std::string> joined(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  if (!a || !b) return std::nullopt;
  return *a + "|" + *b;
}

std::optional<std::string> address_in(const Parts& parts) {
  const auto v4 = text_in(parts, "ipv4-addr", "value");
  return v4 ? v4 : text_in(parts, "ipv6-addr", "value");
}

std::optional<std::string> hash_in(const Value* object, std::string_view name) {
  return object != nullptr ? text_in(object->find("hashes"), name) : std::nullopt;
}

std::optional<std::string> first_of(const Value* list) {
  const Value::Array* const elements = list != nullptr ? list->if_array() : nullptr;
  if (elements == nullptr || elements->empty()) return std::nullopt;
  const auto text = elements->front().as_text();
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

}  // namespace

std::optional<std::string> misp_value(std::string_view type, const std::vector<const Value*>& parts) {
  const ShapeOf shape = shape_of(type);
  const Value* const message = find(parts, "email-message");
  const Value* const traffic = find(parts, "network-traffic");
  const Value* const fields = message != nullptr ? message->find("additional_header_fields") : nullptr;
  switch (shape.shape) {
    case Shape::autonomous_system:
      return text_in(parts, "autonomous-system", "number");
    case Shape::domain:
      return text_in(parts, "domain-name", "value");
    case Shape::domain_ip:
      return joined(text_in(parts, "domain-name", "value"), address_in(parts));
    case Shape::email_address:
    case Shape::email_destination:
    case Shape::email_source:
      return text_in(parts, "email-addr", "value");
    case Shape::email_body:
      return text_in(message, "body");
    case Shape::email_header:
      return message != nullptr ? first_of(message->find("received_lines")) : std::nullopt;
    case Shape::email_message_id:
      return text_in(message, "message_id");
    case Shape::email_reply_to:
      return text_in(fields, "Reply-To");
    case Shape::email_subject:
      return text_in(message, "subject");
    case Shape::email_x_mailer:
      return text_in(fields, "X-Mailer");
    case Shape::email_attachment:
    case Shape::file_name:
      return text_in(parts, "file", "name");
    case Shape::file_hash:
      return hash_in(find(parts, "file"), shape.detail);
    case Shape::file_name_hash:
      return joined(text_in(parts, "file", "name"), hash_in(find(parts, "file"), shape.detail));
    case Shape::github_user:
      return text_in(parts, "user-account", "account_login");
    case Shape::host_port:
      return joined(text_in(parts, "domain-name", "value"), text_in(traffic, "dst_port"));
    case Shape::ip_destination:
    case Shape::ip_source:
      return address_in(parts);
    case Shape::ip_destination_port:
      return joined(address_in(parts), text_in(traffic, "dst_port"));
    case Shape::ip_source_port:
      return joined(address_in(parts), text_in(traffic, "src_port"));
    case Shape::mac_address:
      return text_in(parts, "mac-addr", "value");
    case Shape::mutex:
      return text_in(parts, "mutex", "name");
    case Shape::registry_key:
      return text_in(parts, "windows-registry-key", "key");
    case Shape::registry_value: {
      const Value* const key = find(parts, "windows-registry-key");
      if (key == nullptr || key->elements("values").empty()) return std::nullopt;
      return joined(text_in(key, "key"), text_in(&key->elements("values").front(), "data"));
    }
    case Shape::url:
      return text_in(parts, "url", "value");
    case Shape::x509_hash:
      return hash_in(find(parts, "x509-certificate"), shape.detail);
    case Shape::campaign:
    case Shape::custom:
    case Shape::file_size:
    case Shape::http_method:
    case Shape::pattern:
    case Shape::port:
    case Shape::user_agent:
    case Shape::vulnerability:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> misp_value_of_pattern(std::string_view type, std::string_view pattern) {
  // Only patterns of one comparison come without an observable.
  switch (shape_of(type).shape) {
    case Shape::pattern:
      return std::string(pattern);
    case Shape::file_size:
    case Shape::http_method:
    case Shape::port:
    case Shape::user_agent:
      break;
    default:
      return std::nullopt;
  }
  const std::size_t begin = pattern.find(" = '");
  if (begin == std::string_view::npos || !pattern.ends_with("']")) return std::nullopt;
  std::string_view inside = pattern.substr(begin + 4);
  inside.remove_suffix(2);
  std::string out;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '\\' && i + 1 < inside.size()) ++i;
    out += inside[i];
  }
  return out;
}

}  // namespace parley::misp
