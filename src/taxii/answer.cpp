#include "taxii/answer.hpp"

#include "taxii/resources.hpp"

namespace parley::taxii {

Answer json_answer(int status, std::string body) {
  Answer out;
  out.status = status;
  out.body = std::make_shared<const std::string>(std::move(body));
  return out;
}

Answer error_answer(int status, std::string_view title, std::string_view description) {
  Answer out =
      json_answer(status, to_json(ErrorMessage{std::string(title), std::string(description), status}));
  out.challenge = status == 401;
  return out;
}

Answer error_answer(const Error& error) {
  switch (error.kind) {
    case ErrorKind::bad_input:
    case ErrorKind::usage:
      return error_answer(400, "The request cannot be read", error.message);
    case ErrorKind::not_found:
      return error_answer(404, "There is nothing here");
    case ErrorKind::refused:
      return error_answer(403, "This is not allowed");
    case ErrorKind::conflict:
    case ErrorKind::not_proven:
    case ErrorKind::peer:
    case ErrorKind::internal:
      break;
  }
  return error_answer(500, "The server could not answer");
}

}  // namespace parley::taxii
