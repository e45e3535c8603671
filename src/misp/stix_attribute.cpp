#include "misp/stix_attribute.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.hpp"
#include "misp/stix_object.hpp"
#include "misp/stix_shape.hpp"

namespace parley::misp {
namespace {

std::string equals(std::string_view path, std::string_view value) {
  return std::string(path) + " = " + quoted_in_pattern(value);
}

/// A hash's name as a step of a path: quoted unless it is a plain word.
std::string step(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '_'; }) ? std::string(name)
                                                                                   : quoted_in_pattern(name);
}

std::string_view address_type(std::string_view address) {
  return address.find(':') != std::string_view::npos ? "ipv6-addr" : "ipv4-addr";
}

/// A decimal port as STIX writes it: no sign, no leading zero.
bool is_number(std::string_view text, std::uint64_t limit) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number <= limit &&
         (text.size() == 1 || !text.starts_with('0'));
}

/// Both sides of a composite value, when it has exactly one bar.
std::optional<std::pair<std::string_view, std::string_view>> halves(std::string_view value) {
  const std::size_t bar = value.find('|');
  if (bar == std::string_view::npos || value.find('|', bar + 1) != std::string_view::npos)
    return std::nullopt;
  return std::pair(value.substr(0, bar), value.substr(bar + 1));
}

class Maker {
 public:
  explicit Maker(const AttributeView& attribute) : attribute_(attribute), value_(attribute.value) {}

  StixValue make() {
    const ShapeOf shape = shape_of(attribute_.type);
    detail_ = shape.detail;
    fill(shape.shape);
    return std::move(out_);
  }

 private:
  std::string id(std::string_view type) const {
    return std::string(type) + "--" + std::string(attribute_.uuid);
  }
  Value sco(std::string_view type) const {
    Value object = Value::object();
    object.set("type", type);
    object.set("spec_version", "2.1");
    object.set("id", id(type));
    return object;
  }
  Value& add(std::string_view type, std::string_view property, std::string_view value) {
    Value object = sco(type);
    object.set(property, value);
    return add(std::move(object));
  }
  Value& add(Value object) {
    out_.observables.push_back(std::move(object));
    return out_.observables.back();
  }
  void pattern(std::string inside) { out_.pattern = "[" + std::move(inside) + "]"; }
  void single(std::string_view type, std::string_view property) {
    add(type, property, value_);
    pattern(equals(std::string(type) + ":" + std::string(property), value_));
  }
  /// A message with one property, told by `path` in patterns.
  Value& message(std::string_view path) {
    Value object = sco("email-message");
    object.set("is_multipart", false);
    pattern(equals("email-message:" + std::string(path), value_));
    return add(std::move(object));
  }
  void message_text(std::string_view property) { message(property).set(property, value_); }
  void message_header(std::string_view name, std::string_view path) {
    Value fields = Value::object();
    fields.set(name, value_);
    message("additional_header_fields." + std::string(path)).set("additional_header_fields", fields);
  }
  void message_address(std::string_view property, std::string_view path, bool is_list) {
    const std::string address = id("email-addr");
    message(path).set(property, is_list ? Value(Value::Array{Value(address)}) : Value(address));
    add("email-addr", "value", value_);
  }

  Value traffic() const {
    Value object = sco("network-traffic");
    return object;
  }
  void address(std::string_view side, std::string_view address, std::optional<std::string_view> port) {
    const std::string end(side);
    const std::string_view type = address_type(address);
    Value object = traffic();
    object.set(end + "_ref", id(type));
    if (port) object.set(end + "_port", Number{std::string(*port)});
    object.set("protocols", Value(Value::Array{Value("tcp")}));
    add(std::move(object));
    add(type, "value", address);
    std::string inside = equals("network-traffic:" + end + "_ref.type", type) + " AND " +
                         equals("network-traffic:" + end + "_ref.value", address);
    if (port) inside += " AND " + equals("network-traffic:" + end + "_port", *port);
    pattern(std::move(inside));
  }
  void address_with_port(std::string_view side) {
    if (const auto parts = halves(value_); parts && is_number(parts->second, 65'535))
      address(side, parts->first, parts->second);
  }

  void hash(std::string_view type) {
    if (!is_hash_of(detail_, value_)) return;
    Value hashes = Value::object();
    hashes.set(detail_, value_);
    Value object = sco(type);
    object.set("hashes", std::move(hashes));
    add(std::move(object));
    pattern(equals(std::string(type) + ":hashes." + step(detail_), value_));
  }
  void named_hash() {
    const auto parts = halves(value_);
    if (!parts || !is_hash_of(detail_, parts->second)) return;
    Value hashes = Value::object();
    hashes.set(detail_, parts->second);
    Value object = sco("file");
    object.set("hashes", std::move(hashes));
    object.set("name", parts->first);
    add(std::move(object));
    pattern(equals("file:name", parts->first) + " AND " +
            equals("file:hashes." + step(detail_), parts->second));
  }
  void registry_key(std::string_view key, std::optional<std::string_view> data) {
    Value object = sco("windows-registry-key");
    object.set("key", trim(key));
    std::string inside = equals("windows-registry-key:key", trim(key));
    if (data) {
      Value value = Value::object();
      value.set("data", trim(*data));
      object.set("values", Value(Value::Array{std::move(value)}));
      inside += " AND " + equals("windows-registry-key:values.data", trim(*data));
    }
    add(std::move(object));
    pattern(std::move(inside));
  }
  void rule(std::string_view path) { pattern(equals(path, value_)); }

  void fill(Shape shape) {
    switch (shape) {
      case Shape::custom:
      case Shape::campaign:
      case Shape::vulnerability:
        return;
      case Shape::autonomous_system: {
        std::string_view number = value_;
        if (starts_with_ignoring_case(number, "as")) number.remove_prefix(2);
        if (!is_number(number, 0xFFFF'FFFFU)) return;
        Value object = sco("autonomous-system");
        object.set("number", Number{std::string(number)});
        add(std::move(object));
        return pattern(equals("autonomous-system:number", number));
      }
      case Shape::domain:
        return single("domain-name", "value");
      case Shape::domain_ip: {
        const auto parts = halves(value_);
        if (!parts) return;
        const std::string_view type = address_type(parts->second);
        add("domain-name", "value", parts->first)
            .set("resolves_to_refs", Value(Value::Array{Value(id(type))}));
        add(type, "value", parts->second);
        return pattern(equals("domain-name:value", parts->first) + " AND " +
                       equals("domain-name:resolves_to_refs[*].value", parts->second));
      }
      case Shape::email_address:
        return single("email-addr", "value");
      case Shape::email_attachment: {
        Value part = Value::object();
        part.set("content_disposition", "attachment; filename='" + std::string(value_) + "'");
        part.set("body_raw_ref", id("file"));
        Value object = sco("email-message");
        object.set("is_multipart", true);
        object.set("body_multipart", Value(Value::Array{std::move(part)}));
        add(std::move(object));
        add("file", "name", value_);
        return rule("email-message:body_multipart[*].body_raw_ref.name");
      }
      case Shape::email_body:
        return message_text("body");
      case Shape::email_destination:
        return message_address("to_refs", "to_refs[*].value", true);
      case Shape::email_header:
        message("received_lines").set("received_lines", Value(Value::Array{Value(value_)}));
        return;
      case Shape::email_message_id:
        return message_text("message_id");
      case Shape::email_reply_to:
        return message_header("Reply-To", "reply_to");
      case Shape::email_source:
        return message_address("from_ref", "from_ref.value", false);
      case Shape::email_subject:
        return message_text("subject");
      case Shape::email_x_mailer:
        return message_header("X-Mailer", "x_mailer");
      case Shape::file_hash:
        return hash("file");
      case Shape::file_name:
        return single("file", "name");
      case Shape::file_name_hash:
        return named_hash();
      case Shape::file_size:
        return rule("file:size");
      case Shape::github_user: {
        Value object = sco("user-account");
        object.set("account_login", value_);
        object.set("account_type", "github");
        add(std::move(object));
        return pattern(equals("user-account:account_type", "github") + " AND " +
                       equals("user-account:account_login", value_));
      }
      case Shape::host_port: {
        const auto parts = halves(value_);
        if (!parts || !is_number(parts->second, 65'535)) return;
        add("domain-name", "value", parts->first);
        Value object = traffic();
        object.set("dst_ref", id("domain-name"));
        object.set("dst_port", Number{std::string(parts->second)});
        object.set("protocols", Value(Value::Array{Value("tcp")}));
        add(std::move(object));
        return pattern(equals("domain-name:value", parts->first) + " AND " +
                       equals("network-traffic:dst_port", parts->second));
      }
      case Shape::http_method:
        return rule("network-traffic:extensions.'http-request-ext'.request_method");
      case Shape::ip_destination:
        return address("dst", value_, std::nullopt);
      case Shape::ip_destination_port:
        return address_with_port("dst");
      case Shape::ip_source:
        return address("src", value_, std::nullopt);
      case Shape::ip_source_port:
        return address_with_port("src");
      case Shape::mac_address: {
        std::string lower;
        append_lower(lower, value_);
        add("mac-addr", "value", lower);
        return pattern(equals("mac-addr:value", value_));
      }
      case Shape::mutex:
        return single("mutex", "name");
      case Shape::pattern:
        out_.pattern = value_;
        out_.pattern_type = detail_;
        out_.always_indicator = true;
        return;
      case Shape::port:
        return rule("network-traffic:dst_port");
      case Shape::registry_key:
        return registry_key(value_, std::nullopt);
      case Shape::registry_value:
        if (const auto parts = halves(value_)) registry_key(parts->first, parts->second);
        return;
      case Shape::url:
        return single("url", "value");
      case Shape::user_agent:
        return rule("network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'");
      case Shape::x509_hash:
        return hash("x509-certificate");
    }
  }

  const AttributeView& attribute_;
  std::string_view value_;
  std::string_view detail_;
  StixValue out_;
};

}  // namespace

StixValue stix_value(const AttributeView& attribute) {
  return Maker(attribute).make();
}

}  // namespace parley::misp
