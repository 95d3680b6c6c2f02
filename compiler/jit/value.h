// Numbers that are computed by the code being made: what kernel/math.h needs of them. Each operator
// emits its instruction.
#pragma once

#include <llvm/IR/IRBuilder.h>

namespace opsc::jit {

// A truth value, an int64 and a binary64 of the code.
struct Truth {
  llvm::IRBuilder<>* b;
  llvm::Value* value;
};
struct Int {
  llvm::IRBuilder<>* b;
  llvm::Value* value;
};
struct Float {
  llvm::IRBuilder<>* b;
  llvm::Value* value;
};

inline Float operator+(Float a, Float c) {
  return {a.b, a.b->CreateFAdd(a.value, c.value)};
}
inline Float operator-(Float a, Float c) {
  return {a.b, a.b->CreateFSub(a.value, c.value)};
}
inline Float operator*(Float a, Float c) {
  return {a.b, a.b->CreateFMul(a.value, c.value)};
}
inline Float operator/(Float a, Float c) {
  return {a.b, a.b->CreateFDiv(a.value, c.value)};
}
inline Truth operator<(Float a, Float c) {
  return {a.b, a.b->CreateFCmpOLT(a.value, c.value)};
}
inline Truth operator==(Float a, Float c) {
  return {a.b, a.b->CreateFCmpOEQ(a.value, c.value)};
}

inline Int operator+(Int a, Int c) {
  return {a.b, a.b->CreateAdd(a.value, c.value)};
}
inline Int operator-(Int a, Int c) {
  return {a.b, a.b->CreateSub(a.value, c.value)};
}
inline Int operator*(Int a, Int c) {
  return {a.b, a.b->CreateMul(a.value, c.value)};
}
inline Int operator&(Int a, Int c) {
  return {a.b, a.b->CreateAnd(a.value, c.value)};
}
inline Int operator>>(Int a, Int c) {
  return {a.b, a.b->CreateAShr(a.value, c.value)};
}
inline Int operator<<(Int a, Int c) {
  return {a.b, a.b->CreateShl(a.value, c.value)};
}
inline Truth operator<(Int a, Int c) {
  return {a.b, a.b->CreateICmpSLT(a.value, c.value)};
}
inline Truth operator>=(Int a, Int c) {
  return {a.b, a.b->CreateICmpSGE(a.value, c.value)};
}
inline Truth operator==(Int a, Int c) {
  return {a.b, a.b->CreateICmpEQ(a.value, c.value)};
}

inline Float Choose(Truth condition, Float then, Float otherwise) {
  return {then.b, then.b->CreateSelect(condition.value, then.value, otherwise.value)};
}
inline Int Choose(Truth condition, Int then, Int otherwise) {
  return {then.b, then.b->CreateSelect(condition.value, then.value, otherwise.value)};
}
inline Int BitsOf(Float x) {
  return {x.b, x.b->CreateBitCast(x.value, x.b->getInt64Ty())};
}
inline Float FromBits(Int x) {
  return {x.b, x.b->CreateBitCast(x.value, x.b->getDoubleTy())};
}
inline Float AsFloat(Int x) {
  return {x.b, x.b->CreateSIToFP(x.value, x.b->getDoubleTy())};
}
inline Int AsInt(Float x) {
  return {x.b, x.b->CreateFPToSI(x.value, x.b->getInt64Ty())};
}
inline Float Magnitude(Float x) {
  return {x.b, x.b->CreateUnaryIntrinsic(llvm::Intrinsic::fabs, x.value)};
}
inline Float Number(Float like, double value) {
  return {like.b, llvm::ConstantFP::get(like.b->getDoubleTy(), value)};
}
inline Int Whole(Float like, int64_t value) {
  return {like.b, like.b->getInt64(static_cast<uint64_t>(value))};
}

}  // namespace opsc::jit
