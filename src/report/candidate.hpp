#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "intel/selector.hpp"

namespace parley::report {

/// Why a value that was found is not put forward. The numbers are not stored, the names of `hold_name` are.
enum class Hold : std::uint8_t {
  none,
  reference,     ///< a link to a source: a publisher, the section of references, the report itself
  file_name,     ///< a file whose ending is also a top-level domain
  code_name,     ///< a name of a program's code, or a sentence without its blank
  version,       ///< a version number in the form of an address
  identifier,    ///< a commit, a UUID: hexadecimal digits that are no hash of a file
  empty_file,    ///< the hash of nothing
  placeholder,   ///< one digit throughout, broadcast and null addresses
  not_public,    ///< an address or a name that every network has
  range,         ///< a network, not an address
  written_out,   ///< "example dot com": words that may be a sentence
  link_target,   ///< where a link leads that shows something else
  wrapped,       ///< broken over two lines and put together, which is a guess
  unknown_name,  ///< its last label is no top-level domain (told only when asked for)
  warninglist,   ///< a list of well-known values has it
};

/// "reference", "file_name", …; lives as long as the program.
std::string_view hold_name(Hold hold);
/// A sentence for the analyst.
std::string_view hold_text(Hold hold);

/// Bytes [begin, end) of a text.
struct TextRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// A value of a selector type at one place of a text.
struct Candidate {
  intel::Selector selector;  ///< canonical
  std::size_t begin = 0;     ///< bytes [begin, end) of the text hold it as it is written there
  std::size_t end = 0;
  bool defanged = false;  ///< the text has it in a form that nobody can click on
  Hold hold = Hold::none;
  std::string note;        ///< what goes with it: a port, the name of a list; often empty
  bool from_link = false;  ///< a link at this place leads there; the text need not have it
};

}  // namespace parley::report
