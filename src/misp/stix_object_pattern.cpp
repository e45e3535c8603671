#include <algorithm>

#include "base/ascii.hpp"
#include "misp/stix_given.hpp"
#include "misp/stix_object.hpp"
#include "misp/stix_shape.hpp"

namespace parley::misp {
namespace {

class PatternMaker {
 public:
  PatternMaker(const Template& form, std::vector<Given>& given)
      : form_(form), given_(given), has_domain_(std::ranges::any_of(given, [](const Given& one) {
          return one.relation == "domain" && one.to_ids;
        })) {}

  std::string make() {
    std::vector<std::string> all;
    std::string names;
    std::size_t protocols = 0, parts = 0;
    for (const Field& field : form_.fields) {
      std::size_t number = 0;
      for (Given& one : given_) {
        if (one.relation != field.relation || !one.to_ids || one.is_looked_for) continue;
        if (number > 0 && !field.many) break;
        if (field.kind == FieldKind::alternative) {
          names += (names.empty() ? "" : ",") + std::string(field.path) + ":" + std::string(one.value);
          one.is_looked_for = true;
          continue;
        }
        const std::size_t place = field.kind == FieldKind::protocol    ? protocols++
                                  : field.kind == FieldKind::mail_part ? parts++
                                                                       : number;
        std::string comparison = compare(field, one, place);
        if (comparison.empty()) continue;
        one.is_looked_for = true;
        all.push_back(std::move(comparison));
        ++number;
      }
    }
    if (!names.empty()) all.push_back(equals("x509_v3_extensions.subject_alternative_name", names));
    for (const Given& one : given_)
      if (one.to_ids && !one.is_looked_for) all.push_back(equals(custom_property(one.relation), one.value));
    if (all.empty()) return {};
    std::string out;
    if (!form_.fixed.empty())
      all.insert(all.begin(), equals(pair_of(form_.fixed).first, pair_of(form_.fixed).second));
    for (const std::string& one : all) out += (out.empty() ? "[" : " AND ") + one;
    out += "]";
    return out;
  }

 private:
  std::string equals(std::string_view path, std::string_view value) const {
    return std::string(form_.type) + ":" + std::string(path) + " = " + quoted_in_pattern(value);
  }
  std::string typed(std::string_view path, std::string_view type, std::string_view value,
                    const std::string& more = {}) const {
    const std::string step(path);
    return "(" + equals(step + ".type", type) + " AND " + equals(step + ".value", value) + more + ")";
  }
  /// What is said of the autonomous system that the address belongs to.
  std::string system_of(std::string_view path) {
    for (const Field& field : form_.fields) {
      if (field.kind != FieldKind::autonomous || field.path != path) continue;
      for (Given& one : given_) {
        if (one.relation != field.relation || !one.to_ids) continue;
        one.is_looked_for = true;
        return " AND " + equals(std::string(path) + ".belongs_to_refs[0].number", one.value);
      }
    }
    return {};
  }

  std::string compare(const Field& field, const Given& one, std::size_t number) {
    const std::string path(field.path);
    const std::string index = "[" + std::to_string(number) + "]";
    switch (field.kind) {
      case FieldKind::text:
        // Beside a domain, a host's name is another thing.
        if (form_.form == TemplateForm::domain && one.relation == "hostname" && has_domain_)
          return equals("x_misp_hostname", one.value);
        return equals(path, one.value);
      case FieldKind::integer:
        if (form_.type == "autonomous-system" && one.value.size() > 2 &&
            equal_ignoring_case(one.value.substr(0, 2), "as"))
          return equals(path, one.value.substr(2));
        return equals(path, one.value);
      case FieldKind::number:
      case FieldKind::boolean:
      case FieldKind::time:
      case FieldKind::list:
      case FieldKind::in_pattern:
      case FieldKind::protocol_of:
      case FieldKind::resolves_to:
        return equals(path, one.value);
      case FieldKind::payload:
        return one.json->text("data").empty() ? std::string() : equals(path, one.json->text("data"));
      case FieldKind::hash: {
        if (!is_hash_of(field.path, one.value)) return {};
        const bool plain = std::ranges::all_of(field.path, [](char c) { return is_alnum(c) || c == '_'; });
        return equals("hashes." + (plain ? path : quoted_in_pattern(field.path)), one.value);
      }
      case FieldKind::address:
        return typed(path, address_type(one.value), one.value, system_of(path));
      case FieldKind::autonomous:  // without the address
        return "(" + equals(path + ".belongs_to_refs[0].number", one.value) + ")";
      case FieldKind::host:
      case FieldKind::target_host:
      case FieldKind::host_in_pattern:
        return typed(path, "domain-name", one.value);
      case FieldKind::protocol: {
        std::string lower;
        append_lower(lower, one.value);
        return equals(path + index, lower);
      }
      case FieldKind::directory:
        return equals(path + ".path", one.value);
      case FieldKind::image:
        return equals(path + ".name", one.value);
      case FieldKind::parent:
        return equals("parent_ref." + (path == "image" ? "image_ref.name" : path), one.value);
      case FieldKind::child:
        return equals(path + index + ".pid", one.value);
      case FieldKind::mail_from:
        return named(path, one);
      case FieldKind::mail_list:
        return named(path + index, one);
      case FieldKind::mail_header:
        return equals("additional_header_fields." + std::string(pair_of(field.path).second), one.value);
      case FieldKind::mail_part: {
        const std::string part = path + index;
        const std::string_view data = one.json->text("data");
        return (data.empty() ? std::string() : equals(part + ".body_raw_ref.payload_bin", data) + " AND ") +
               equals(part + ".body_raw_ref.name", one.value) + " AND " +
               equals(part + ".content_disposition", one.relation);
      }
      case FieldKind::sample:
      case FieldKind::attachment:
        return content(field, one);
      case FieldKind::picture:
        return picture(field, one);
      default:
        return {};
    }
  }
  std::string named(const std::string& path, const Given& one) const {
    std::string out = equals(path + ".value", one.value);
    Given* const name = one.name;
    if (name != nullptr && name->to_ids) {
      name->is_looked_for = true;
      out += " AND " + equals(path + ".display_name", name->value);
    }
    return out;
  }
  std::string content(const Field& field, const Given& one) const {
    const std::string_view data = one.json->text("data");
    const std::size_t bar = one.value.find('|');
    const bool sample = field.kind == FieldKind::sample;
    std::string out;
    const auto add = [&](std::string_view name, std::string_view value) {
      out += (out.empty() ? "" : " AND ") + equals("content_ref." + std::string(name), value);
    };
    if (sample && bar != std::string_view::npos && !is_hash_of("MD5", one.value.substr(bar + 1))) return {};
    if (!data.empty()) add("payload_bin", data);
    add("x_misp_filename", sample ? one.value.substr(0, bar) : one.value);
    if (sample && bar != std::string_view::npos) {
      add("hashes.MD5", one.value.substr(bar + 1));
      add("mime_type", "application/zip");
      add("encryption_algorithm", "mime-type-indicated");
      add("decryption_key", "infected");
    }
    return sample || !data.empty() ? "(" + out + ")" : out;
  }

  std::string picture(const Field& field, const Given& one) const {
    if (field.relation == "url") return equals("content_ref.url", one.value);
    std::string out;
    if (const std::string_view data = one.json->text("data"); !data.empty())
      out += equals("content_ref.payload_bin", data) + " AND ";
    if (const std::size_t dot = one.value.rfind('.'); dot != std::string_view::npos)
      out += equals("content_ref.mime_type", "image/" + std::string(one.value.substr(dot + 1))) + " AND ";
    return out + equals("content_ref.x_misp_filename", one.value);
  }

  const Template& form_;
  std::vector<Given>& given_;
  bool has_domain_;
};

}  // namespace

std::pair<std::string_view, std::string_view> pair_of(std::string_view text) {
  const std::size_t space = text.find(' ');
  return {text.substr(0, space),
          space == std::string_view::npos ? std::string_view() : text.substr(space + 1)};
}

std::string_view address_type(std::string_view address) {
  return address.find(':') != std::string_view::npos ? "ipv6-addr" : "ipv4-addr";
}

std::string quoted_in_pattern(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\\' || c == '\'') out += '\\';
    out += c;
  }
  out += '\'';
  return out;
}

std::string object_pattern(const Template& form, std::vector<Given>& given) {
  return PatternMaker(form, given).make();
}

}  // namespace parley::misp
