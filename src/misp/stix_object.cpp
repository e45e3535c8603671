#include "misp/stix_object.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/ascii.hpp"
#include "intel/pattern.hpp"
#include "intel/stix.hpp"
#include "misp/stix_given.hpp"
#include "misp/stix_path.hpp"
#include "misp/stix_scalar.hpp"
#include "misp/stix_shape.hpp"
#include "misp/stix_template.hpp"

namespace parley::misp {
namespace {

constexpr std::array address_families{"AF_UNSPEC",  "AF_INET",  "AF_IPX",  "AF_APPLETALK",
                                      "AF_NETBIOS", "AF_INET6", "AF_IRDA", "AF_BTH"};
constexpr std::array encryptions{"AES-256-GCM", "ChaCha20-Poly1305", "mime-type-indicated"};
constexpr std::array socket_types{"SOCK_STREAM", "SOCK_DGRAM", "SOCK_RAW", "SOCK_RDM", "SOCK_SEQPACKET"};

/// Each domain names each address that it resolves to; objects with more stay as they are.
constexpr std::size_t max_resolutions = 100'000;

class Maker {
 public:
  Maker(const Value& object, const Template& form) : object_(object), form_(form) {
    for (const Value& one : object.elements("Attribute")) {
      if (one.flag("deleted") || one.text("value").empty() || one.text("object_relation").empty()) continue;
      given_.push_back({&one, one.text("object_relation"), one.text("value"), one.text("uuid"),
                        one.flag("to_ids"), nullptr, false, false});
    }
    if (form.type == "email-message")
      for (const std::string_view relation : {"from", "to", "cc", "bcc"}) join_display_name(relation);
  }

  std::optional<StixForm> make() {
    const bool observable = form_.form == TemplateForm::observable || form_.form == TemplateForm::domain;
    if (observable) main_ = observable_of(form_.type, object_.text("uuid"));
    if (!form_.fixed.empty()) {
      const auto [name, value] = pair_of(form_.fixed);
      main_.set(name, value == "false" ? Value(false) : Value(value));
    }
    if (form_.type == "email-message") main_.set("is_multipart", false);
    if (form_.form == TemplateForm::domain && is_plain_domain()) {
      if (!plain_domain()) return std::nullopt;
    } else {
      const std::size_t members = main_.if_object()->size();
      for (const Field& field : form_.fields) fill(field);
      finish();
      // What is nothing but custom properties is no object of STIX.
      if (main_.if_object()->size() == members && form_.needed.empty()) return std::nullopt;
      if (!has_needed()) return std::nullopt;
      add_custom(main_);
      if (observable) out_.observables.insert(out_.observables.begin(), main_);
    }
    if (observable) {
      out_.type = "observed-data";
      out_.pattern = object_pattern(form_, given_);
    } else {
      out_.type = form_.form == TemplateForm::rule ? "indicator" : std::string(form_.type);
      if (form_.form == TemplateForm::rule) main_.set("pattern_type", form_.type);
      out_.with_phase = form_.with_phase;
      out_.members = std::move(main_);
    }
    return std::move(out_);
  }

 private:
  /// A display name belongs to an address where there is one of each.
  void join_display_name(std::string_view relation) {
    const std::string wanted = std::string(relation) + "-display-name";
    Given* address = nullptr;
    Given* name = nullptr;
    for (Given& one : given_) {
      if (one.relation != relation && one.relation != wanted) continue;
      Given*& found = one.relation == relation ? address : name;
      if (found != nullptr) return;
      found = &one;
    }
    if (address != nullptr) address->name = name;
  }

  static Value observable_of(std::string_view type, std::string_view uuid) {
    Value out = Value::object();
    out.set("type", type);
    out.set("spec_version", "2.1");
    out.set("id", id_of(type, uuid));
    return out;
  }
  static std::string id_of(std::string_view type, std::string_view uuid) {
    return std::string(type) + "--" + std::string(uuid);
  }

  bool has_needed() const {
    if (form_.needed.empty()) return true;
    std::string_view left = form_.needed;
    while (!left.empty()) {
      auto [names, rest] = pair_of(left);
      const std::size_t plus = std::min(names.size(), names.find('+'));
      const bool all = main_.find(names.substr(0, plus)) != nullptr &&
                       (plus == names.size() || main_.find(names.substr(plus + 1)) != nullptr);
      if (all) return true;
      left = rest;
    }
    return false;
  }

  /// Adds an observable that an attribute stands for, and says its id; nothing when its UUID makes none.
  std::optional<std::string> add_part(std::string_view type, std::string_view property, const Given& one) {
    std::string id = id_of(type, one.uuid);
    if (!intel::is_stix_id(id) || !part_ids_.insert(id).second) return std::nullopt;
    Value part = observable_of(type, one.uuid);
    part.set(property, one.value);
    out_.observables.push_back(std::move(part));
    return id;
  }

  static bool takes_all(FieldKind kind) {
    switch (kind) {
      case FieldKind::list:
      case FieldKind::resolves_to:
      case FieldKind::child:
      case FieldKind::alternative:
      case FieldKind::mail_list:
      case FieldKind::mail_part:
      case FieldKind::cve:
      case FieldKind::capec:
      case FieldKind::reference:
      case FieldKind::contact:
        return true;
      default:
        return false;
    }
  }

  void fill(const Field& field) {
    if (field.path.starts_with("extensions.'socket-ext'") && !has_family()) return;
    if (field.path.starts_with("extensions.'http-request-ext'") && !has_request()) return;
    for (Given& one : given_) {
      if (one.relation != field.relation || one.taken) continue;
      one.taken = fill(field, one);
      if (!takes_all(field.kind)) return;
    }
  }

  /// The extension of sockets must say which family of addresses.
  bool has_family() const {
    return std::ranges::any_of(given_, [](const Given& one) {
      return one.relation == "address-family" &&
             std::ranges::find(address_families, one.value) != address_families.end();
    });
  }

  /// That of requests must say the method and what is asked for.
  bool has_request() const {
    const auto has = [&](std::string_view relation) {
      return std::ranges::find(given_, relation, &Given::relation) != given_.end();
    };
    return has("method") && (has("uri") || has("url"));
  }

  /// What STIX allows a text to be, and beside what.
  bool fits(const Field& field, std::string_view value) const {
    if (field.relation == "socket-type") return std::ranges::find(socket_types, value) != socket_types.end();
    if (form_.type == "stix" && field.path == "pattern")
      return intel::read_pattern(value).kind != intel::PatternKind::syntax_error;
    if (form_.type != "artifact") return true;
    if (field.path == "encryption_algorithm")
      return std::ranges::find(encryptions, value) != encryptions.end();
    if (field.path == "decryption_key") return main_.find("encryption_algorithm") != nullptr;
    if (field.path == "url") return main_.find("payload_bin") == nullptr && main_.find("hashes") != nullptr;
    return true;
  }

  bool set_once(std::string_view path, Value value) {
    if (value_at(main_, path) != nullptr) return false;
    place_at(main_, path) = std::move(value);
    return true;
  }
  bool append(std::string_view path, Value value) {
    Value& list = place_at(main_, path);
    if (!list.is_null() && !list.is_array()) return false;
    list.push_back(std::move(value));
    return true;
  }

  bool fill(const Field& field, const Given& one) {
    const std::string_view value = one.value;
    switch (field.kind) {
      case FieldKind::text:
        if (!fits(field, value)) return false;
        // "stix 2.1" is 2.1.
        if (form_.type == "stix" && field.path == "pattern_version")
          return set_once(field.path,
                          value.substr(std::min(value.size(), value.find_first_of("0123456789"))));
        return set_once(field.path, value);
      case FieldKind::integer:
        if (form_.type == "autonomous-system" && value.size() > 2 &&
            equal_ignoring_case(value.substr(0, 2), "as"))
          return is_integer(value.substr(2)) && set_once(field.path, Number{std::string(value.substr(2))});
        if (field.path.ends_with("_port") && (!is_integer(value) || value.size() > 5 || value.front() == '-'))
          return false;
        return is_integer(value) && set_once(field.path, Number{std::string(value)});
      case FieldKind::number:
        return is_decimal(value) && set_once(field.path, Number{std::string(value)});
      case FieldKind::boolean:
        if (const auto said = as_boolean(value)) return set_once(field.path, *said);
        return false;
      case FieldKind::time:
        if (auto time = as_time(value)) return set_once(field.path, std::move(*time));
        return false;
      case FieldKind::list:
        return append(field.path, value);
      case FieldKind::hash:
        if (!is_hash_of(field.path, value)) return false;
        if (main_.find("hashes") == nullptr) main_.set("hashes", Value::object());
        if (main_.find("hashes")->find(field.path) != nullptr) return false;
        main_.find("hashes")->set(field.path, value);
        return true;
      case FieldKind::address:
      case FieldKind::host:
        return refer(field, one, field.kind == FieldKind::host ? "domain-name" : address_type(value),
                     "value");
      case FieldKind::target_host:
        return target_host(field, one);
      case FieldKind::autonomous:
        return autonomous(field, one);
      case FieldKind::directory:
        return refer(field, one, "directory", "path");
      case FieldKind::image:
        return refer(field, one, "file", "name");
      case FieldKind::mail_from:
        return refer(field, one, "email-addr", "value") && name_address(one);
      case FieldKind::protocol: {
        std::string lower;
        append_lower(lower, value);
        return append(field.path, std::move(lower));
      }
      case FieldKind::protocol_custom:
        protocol_ = value;
        return true;
      case FieldKind::protocol_of:
        return set_once(field.path, value) && append("protocols", "tcp");
      case FieldKind::resolves_to:
        if (auto id = add_part(address_type(value), "value", one))
          return append("resolves_to_refs", std::move(*id));
        return false;
      case FieldKind::mail_list:
        if (auto id = add_part("email-addr", "value", one))
          return append(field.path, std::move(*id)) && name_address(one);
        return false;
      case FieldKind::parent:
        return parent(field, one);
      case FieldKind::child: {
        if (!is_integer(value)) return false;
        auto id = add_part("process", "pid", one);
        if (!id) return false;
        out_.observables.back().set("pid", Number{std::string(value)});
        return append(field.path, std::move(*id));
      }
      case FieldKind::alternative:
        names_ += names_.empty() ? "" : ",";
        names_ += std::string(field.path) + ":" + std::string(value);
        return true;
      case FieldKind::mail_header: {
        Value* fields = main_.find("additional_header_fields");
        if (fields == nullptr) fields = &main_.set("additional_header_fields", Value::object());
        const std::string_view name = pair_of(field.path).first;
        if (fields->find(name) != nullptr) return false;
        fields->set(name, value);
        return true;
      }
      case FieldKind::mail_part:
        return mail_part(field, one);
      case FieldKind::sample:
      case FieldKind::attachment:
        return artifact(field, one);
      case FieldKind::picture:
        return picture(field, one);
      case FieldKind::payload:
        return !one.json->text("data").empty() && set_once(field.path, one.json->text("data"));
      case FieldKind::cve: {
        set_once(field.path, value);
        Value reference = Value::object();
        reference.set("source_name", value.starts_with("CVE") ? "cve" : "vulnerability");
        reference.set("external_id", value);
        return append("external_references", std::move(reference));
      }
      case FieldKind::capec: {
        Value reference = Value::object();
        reference.set("source_name", "capec");
        reference.set("external_id",
                      (value.find("CAPEC") == std::string_view::npos ? "CAPEC-" : "") + std::string(value));
        return append("external_references", std::move(reference));
      }
      case FieldKind::reference: {
        Value reference = Value::object();
        const bool is_attack = field.path == "mitre";
        reference.set("source_name", !is_attack                                      ? "url"
                                     : value.find("mitre") != std::string_view::npos ? "mitre-attack"
                                                                                     : "external_url");
        reference.set("url", value);
        if (const std::string_view comment = one.json->text("comment"); !comment.empty() && !is_attack)
          reference.set("description", comment);
        return append("external_references", std::move(reference));
      }
      case FieldKind::contact:
        if (contact_of_ != field.relation) {
          contact_ += contact_.empty() ? "" : " / ";
          contact_ += std::string(field.relation) + ": ";
          contact_of_ = field.relation;
        } else {
          contact_ += "; ";
        }
        contact_ += value;
        return true;
      case FieldKind::name_part:
        if (main_.find("name") != nullptr) return false;
        name_ += (name_.empty() ? "" : " ") + std::string(value);
        return true;
      case FieldKind::host_in_pattern:
      case FieldKind::in_pattern:
        return false;
    }
    return false;
  }

  bool refer(const Field& field, const Given& one, std::string_view type, std::string_view property) {
    if (main_.find(field.path) != nullptr) return false;
    auto id = add_part(type, property, one);
    if (!id) return false;
    main_.set(field.path, std::move(*id));
    if (field.kind == FieldKind::address) families_.emplace_back(type.substr(0, 4));
    return true;
  }

  /// The observable that `main_` refers to by this property.
  Value* referred(std::string_view property) {
    const std::string_view id = main_.text(property);
    const auto found =
        std::ranges::find_if(out_.observables, [&](const Value& part) { return part.text("id") == id; });
    return found == out_.observables.end() ? nullptr : &*found;
  }
  bool target_host(const Field& field, const Given& one) {
    const std::string address(main_.text(field.path));
    if (address.empty()) return refer(field, one, "domain-name", "value");
    if (!add_part("domain-name", "value", one)) return false;
    out_.observables.back().set("resolves_to_refs", Value(Value::Array{Value(address)}));
    return true;
  }
  bool autonomous(const Field& field, const Given& one) {
    std::string_view number = one.value;
    if (number.size() > 2 && equal_ignoring_case(number.substr(0, 2), "as")) number.remove_prefix(2);
    if (!is_integer(number) || number.starts_with('-') || referred(field.path) == nullptr) return false;
    auto id = add_part("autonomous-system", "number", one);
    if (!id) return false;
    out_.observables.back().set("number", Number{std::string(number)});
    referred(field.path)->set("belongs_to_refs", Value(Value::Array{Value(std::move(*id))}));
    return true;
  }
  /// The bytes of an image; where it was found stands beside them.
  bool picture(const Field& field, const Given& one) {
    if (field.relation == "url") {
      Value* const content = referred(field.path);
      if (content != nullptr) content->set("x_misp_url", one.value);
      return content != nullptr;
    }
    if (!artifact(field, one)) return false;
    Value& part = out_.observables.back();
    if (const std::size_t dot = one.value.rfind('.'); dot != std::string_view::npos)
      part.set("mime_type", "image/" + std::string(one.value.substr(dot + 1)));
    main_.set(field.path, part.text("id"));
    return true;
  }

  /// Gives the address that was added last its display name, where it is clear whose it is.
  bool name_address(const Given& one) {
    if (one.name != nullptr) {
      out_.observables.back().set("display_name", one.name->value);
      one.name->taken = true;
    }
    return !one.value.empty();
  }
  bool parent(const Field& field, const Given& one) {
    if (field.path == "pid" && !is_integer(one.value)) return false;
    if (field.path == "image") {
      if (parent_.find("image_ref") != nullptr) return false;
      auto id = add_part("file", "name", one);
      if (!id) return false;
      parent_.set("image_ref", std::move(*id));
    } else {
      if (parent_.find(field.path) != nullptr) return false;
      parent_.set(field.path, field.path == "pid" ? Value(Number{std::string(one.value)}) : Value(one.value));
    }
    // Its UUID is that of the number or the command line, whichever comes first.
    if (parent_uuid_.empty() || (parent_of_image_ && field.path != "image")) {
      parent_uuid_ = one.uuid;
      parent_of_image_ = field.path == "image";
    }
    return true;
  }

  bool mail_part(const Field& field, const Given& one) {
    const std::string_view data = one.json->text("data");
    std::optional<std::string> id;
    if (data.empty()) {
      id = add_part("file", "name", one);
    } else {
      id = add_part("artifact", "x_misp_filename", one);
      if (id) out_.observables.back().set("payload_bin", data);
    }
    if (!id) return false;
    Value part = Value::object();
    part.set("content_disposition",
             std::string(field.relation) + "; filename='" + std::string(one.value) + "'");
    part.set("body_raw_ref", std::move(*id));
    main_.set("is_multipart", true);
    return append(field.path, std::move(part));
  }

  bool artifact(const Field& field, const Given& one) {
    const std::string_view data = one.json->text("data");
    if (data.empty() || main_.find("content_ref") != nullptr) return false;
    const bool sample = field.kind == FieldKind::sample;
    const std::size_t bar = one.value.find('|');
    const std::string_view digest =
        bar == std::string_view::npos ? std::string_view() : one.value.substr(bar + 1);
    if (sample && !is_hash_of("MD5", digest)) return false;
    auto id = add_part("artifact", "x_misp_filename", one);
    if (!id) return false;
    Value& part = out_.observables.back();
    part.set("x_misp_filename", sample ? one.value.substr(0, bar) : one.value);
    part.set("payload_bin", data);
    if (!sample) return true;
    Value hashes = Value::object();
    hashes.set("MD5", digest);
    part.set("hashes", std::move(hashes));
    part.set("mime_type", "application/zip");
    part.set("encryption_algorithm", "mime-type-indicated");
    part.set("decryption_key", "infected");
    main_.set(field.path, std::move(*id));
    return true;
  }

  /// What could only be said once every field was looked at.
  void finish() {
    if (form_.type == "network-traffic") {
      Value protocols = Value::array();
      std::set<std::string, std::less<>> once;
      const auto add = [&](std::string_view name) {
        if (once.emplace(name).second) protocols.push_back(name);
      };
      const bool is_port = form_.name.starts_with("ip");
      if (is_port)
        for (const std::string& family : families_) add(family);
      if (!protocol_.empty()) add(protocol_);
      for (const Value& one : main_.elements("protocols")) add(one.as_text().value_or(""));
      if (form_.name == "http-request") {
        add("tcp");
        add("http");
      }
      if (once.empty()) add(form_.name == "netflow" ? "ip" : "tcp");
      main_.set("protocols", std::move(protocols));
      if (main_.find("end") != nullptr) main_.set("is_active", false);
    }
    if (form_.type == "stix" && main_.find("pattern_version") == nullptr) main_.set("pattern_version", "2.1");
    if (!names_.empty()) {
      Value extensions = Value::object();
      extensions.set("subject_alternative_name", names_);
      main_.set("x509_v3_extensions", std::move(extensions));
    }
    if (!contact_.empty()) main_.set("contact_information", contact_);
    if (!name_.empty()) main_.set("name", name_);
    if (!parent_.if_object()->empty() && intel::is_stix_id(id_of("process", parent_uuid_))) {
      Value process = observable_of("process", parent_uuid_);
      for (const Value::Member& member : *parent_.if_object()) process.set(member.name, member.value);
      main_.set("parent_ref", process.text("id"));
      out_.observables.push_back(std::move(process));
    }
  }

  Value custom_value(const Given& one) const {
    const std::string_view data = one.json->text("data");
    if (data.empty()) return one.value;
    Value out = Value::object();
    out.set("value", one.value);
    out.set("data", data);
    return out;
  }
  void add_custom(Value& to) {
    std::map<std::string, Value::Array> values;
    std::vector<std::string> order;
    for (Given& one : given_) {
      if (one.taken) continue;
      const std::string name = custom_property(one.relation);
      if (!values.contains(name)) order.push_back(name);
      values[name].push_back(custom_value(one));
    }
    for (const std::string& name : order) {
      Value::Array& all = values[name];
      to.set(name, all.size() == 1 ? std::move(all.front()) : Value(std::move(all)));
    }
  }

  /// Domains and addresses, and nothing else: each domain is an observable of its own.
  bool is_plain_domain() const {
    return std::ranges::all_of(given_,
                               [](const Given& one) {
                                 return one.relation == "domain" || one.relation == "hostname" ||
                                        one.relation == "ip";
                               }) &&
           std::ranges::any_of(given_, [](const Given& one) { return one.relation != "ip"; });
  }
  bool plain_domain() {
    const auto addresses = static_cast<std::size_t>(
        std::ranges::count_if(given_, [](const Given& one) { return one.relation == "ip"; }));
    if (addresses * (given_.size() - addresses) > max_resolutions) return false;
    Value refs = Value::array();
    for (Given& one : given_)
      if (one.relation == "ip")
        if (auto id = add_part(address_type(one.value), "value", one)) refs.push_back(std::move(*id));
    Value others = Value::array();
    std::optional<std::size_t> first_host;
    for (Given& one : given_) {
      if (one.relation == "ip") continue;
      if (one.relation == "hostname" && first_host) {
        others.push_back(one.value);
        continue;
      }
      if (!add_part("domain-name", "value", one)) continue;
      if (one.relation == "hostname") first_host = out_.observables.size() - 1;
      if (!refs.if_array()->empty()) out_.observables.back().set("resolves_to_refs", refs);
    }
    if (first_host && !others.if_array()->empty())
      out_.observables[*first_host].set("x_misp_hostname",
                                        others.if_array()->size() == 1 ? others.if_array()->front() : others);
    return true;
  }

  const Value& object_;
  const Template& form_;
  std::vector<Given> given_;
  StixForm out_;
  Value main_ = Value::object();
  Value parent_ = Value::object();
  std::string_view parent_uuid_;
  bool parent_of_image_ = false;
  std::set<std::string> part_ids_;
  std::vector<std::string> families_;
  std::string_view protocol_;
  std::string_view contact_of_;
  std::string names_, contact_, name_;
};

}  // namespace

std::string custom_property(std::string_view relation) {
  std::string out = "x_misp_";
  for (const char c : relation) out += is_alnum(c) ? to_lower(c) : '_';
  return out;
}

std::optional<StixForm> stix_form(const Value& object) {
  // A script is a tool unless it is said to do harm.
  const bool is_harmful = std::ranges::any_of(object.elements("Attribute"), [](const Value& one) {
    return one.text("object_relation") == "state" && one.text("value") == "Malicious" && !one.flag("deleted");
  });
  const Template* const form = find_template(object.text("name"), is_harmful ? "malware" : "");
  if (form == nullptr || !intel::is_stix_id("x--" + std::string(object.text("uuid")))) return std::nullopt;
  return Maker(object, *form).make();
}

}  // namespace parley::misp
