#include "report/candidate.hpp"

namespace parley::report {

std::string_view hold_name(Hold hold) {
  switch (hold) {
    case Hold::none:
      return "none";
    case Hold::reference:
      return "reference";
    case Hold::file_name:
      return "file_name";
    case Hold::code_name:
      return "code_name";
    case Hold::version:
      return "version";
    case Hold::identifier:
      return "identifier";
    case Hold::empty_file:
      return "empty_file";
    case Hold::placeholder:
      return "placeholder";
    case Hold::not_public:
      return "not_public";
    case Hold::range:
      return "range";
    case Hold::written_out:
      return "written_out";
    case Hold::link_target:
      return "link_target";
    case Hold::wrapped:
      return "wrapped";
    case Hold::unknown_name:
      return "unknown_name";
    case Hold::warninglist:
      return "warninglist";
  }
  return "none";
}

std::string_view hold_text(Hold hold) {
  switch (hold) {
    case Hold::none:
      return "";
    case Hold::reference:
      return "a link to a source, as a report gives them";
    case Hold::file_name:
      return "a file name whose ending is also a top-level domain";
    case Hold::code_name:
      return "a name from a program's code or a sentence without its blank";
    case Hold::version:
      return "a version number";
    case Hold::identifier:
      return "an identifier (commit, UUID), no hash of a file";
    case Hold::empty_file:
      return "the hash of an empty file";
    case Hold::placeholder:
      return "a placeholder";
    case Hold::not_public:
      return "not a public address or name";
    case Hold::range:
      return "a network, not a single address";
    case Hold::written_out:
      return "written out in words, which may be a sentence";
    case Hold::link_target:
      return "where a link leads that shows something else";
    case Hold::wrapped:
      return "put together from the ends of two lines, which may not belong together";
    case Hold::unknown_name:
      return "its last label is no top-level domain";
    case Hold::warninglist:
      return "on a list of well-known values";
  }
  return "";
}

}  // namespace parley::report
