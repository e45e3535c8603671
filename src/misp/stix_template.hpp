#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace parley::misp {

/// How a value of a MISP object stands in STIX.
enum class FieldKind : std::uint8_t {
  text,             ///< a property, with the value as it is
  integer,          ///< a property that is a number; other values stay custom
  number,           ///< the same with a fraction
  boolean,          ///< 1, 0, true, false
  time,             ///< RFC 3339, with or without zone; UTC is meant without
  list,             ///< all values, in a property that is a list
  hash,             ///< `path` is the algorithm's name; values of another form stay custom
  address,          ///< an ipv4-addr or ipv6-addr that `path` refers to
  autonomous,       ///< the autonomous system of the address that `path` refers to
  host,             ///< a domain-name that `path` refers to, unless an address has taken it
  host_in_pattern,  ///< the same, in patterns alone
  in_pattern,       ///< a property in patterns alone: a custom one in the observable
  target_host,      ///< the same, or beside an address the domain-name that resolves to it
  protocol,         ///< one more of `protocols`, in lower case
  protocol_of,      ///< a property that says, besides, that `tcp` is spoken
  protocol_custom,  ///< the same in the observable, custom in patterns
  resolves_to,      ///< an address that the domain-name resolves to
  directory,        ///< the directory that `path` refers to
  image,            ///< the file that `path` refers to
  parent,           ///< of the parent process: a property, or `image` the file that it runs
  child,            ///< a child process by its number
  alternative,      ///< one of the subject's alternative names; `path` is its kind
  mail_from,        ///< an email-addr that `path` refers to
  mail_list,        ///< email-addrs that `path` refers to
  mail_header,      ///< `path` is the header's name, and what patterns call it
  mail_part,        ///< a part of the message: a file, or an artifact with its bytes
  sample,           ///< malware-sample: an artifact when the bytes are there
  attachment,       ///< the same of any file
  picture,          ///< the same of an image, which `path` refers to; a URL beside it stands there too
  payload,          ///< the bytes of the artifact itself
  cve,              ///< the name (the first one), and an external reference
  capec,            ///< an external reference
  reference,        ///< an external reference by URL
  contact,          ///< a line of `contact_information`
  name_part,        ///< the name, when no other field gives it
};

struct Field {
  std::string_view relation;
  std::string_view path;  ///< steps by `.`; `[0]` is a list of one element
  FieldKind kind = FieldKind::text;
  /// Patterns have each of the values; otherwise the first one, and the others under a custom name.
  bool many = false;
  std::string_view type = "text";  ///< the attribute's MISP type on the way back
};

enum class TemplateForm : std::uint8_t {
  observable,  ///< observed-data of one main observable, and an indicator where `to_ids` says so
  domain,      ///< the same, of several domain names
  object,      ///< an SDO
  rule,        ///< an indicator in a language of its own
};

struct Template {
  std::string_view name;
  TemplateForm form;
  std::string_view type;  ///< of the STIX object, or of the main observable; of rules: `pattern_type`
  std::span<const Field> fields;
  /// Without one of these properties there is no such object in STIX: it stays an `x-misp-object`. Names
  /// separated by spaces, those that go together by `+`; empty: any property at all.
  std::string_view needed;
  std::string_view fixed = {};  ///< "property value" that all have
  bool with_phase = false;      ///< the object's category is its phase of a kill chain
};

/// The template of that name; nullptr for those that become an `x-misp-object`. `type`: what a template that
/// becomes one of two things is to become ("malware", of a script). The mappings are those of misp-stix.
/// Constant time in practice.
const Template* find_template(std::string_view name, std::string_view type = {});

}  // namespace parley::misp
